import * as z from 'zod'
import { quote } from '../../core/quote.ts'
import type { OrRef } from '../../core/ref.ts'
import { ask } from './ask.ts'
import { packagesScript } from './packages/script.ts'
import { type Changed, type CommonOptions, common, resource } from './resource.ts'

/** The managers that are known, in the order in which they are looked for. */
const managers = ['apt', 'dnf', 'yum', 'zypper', 'apk', 'pacman'] as const

/** Seconds for which another one that is installing is waited for. */
const patience = 120

export interface PackagesOptions extends CommonOptions {
  readonly state?: OrRef<'present' | 'absent'> | undefined
  /** Fetch the lists of packages anew before something is installed. `false` when left out. */
  readonly update?: OrRef<boolean> | undefined
  /** Found by looking when left out. */
  readonly manager?: OrRef<(typeof managers)[number]> | undefined
}

/** What was done to a host's packages, or would be. */
export interface PackagesChanged extends Changed {
  readonly manager: string
}

/** A package's name begins with a letter or a digit, so that it is never an option; `libc6:i386` is one too. */
const packageName = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9][A-Za-z0-9.+_:@-]*$/, 'is no name of a package')

const options = z.strictObject({
  state: z.enum(['present', 'absent']).default('present'),
  update: z.boolean().default(false),
  manager: z.enum(managers).optional(),
  ...common,
})

/**
 * Packages that are installed, or are not, by the manager that the host has: apt, dnf, yum, zypper, apk or pacman. What is
 * installed is left as it is: this upgrades nothing. Nothing is asked, changed configuration is kept, and another manager
 * at work is waited for, two minutes long.
 *
 * @example
 * await run(packages(closet, ['redis-server', 'htop'], { update: true, timeout: '10m' }))
 */
export const packages = resource({
  name: 'packages',
  shape: { names: z.array(packageName).min(1).max(500), options: options.prefault({}) },
  args: (names: readonly OrRef<string>[], options: PackagesOptions = {}) => ({ names, options }),
  describe: ({ names, options }) =>
    `${quote(['packages', ...names])}${options.state === 'absent' ? ' absent' : ''}`,
  each: async (host, { names, options }, { check }): Promise<PackagesChanged> => {
    const { state, update, manager = '', become } = options
    const wanted = [...new Set(names)]
    const asked = async (what: string) =>
      ask(host, {
        script: packagesScript,
        args: [what, update ? 'yes' : 'no', manager, String(patience), ...wanted],
        // Looking takes no rights.
        become: become && what !== 'look',
      })
    const looked = await asked('look')
    const differs = looked.facts(state === 'present' ? 'missing' : 'there')
    if (differs.length > 0 && !check) await asked(state === 'present' ? 'install' : 'remove')
    return {
      changed: differs.length > 0,
      what: differs.map(name => `${state === 'present' ? '+' : '-'}${name}`),
      manager: looked.fact('manager') ?? 'unknown',
    }
  },
})
