import * as z from 'zod'
import type { HostAtWork } from '../../core/operation/host-at-work.ts'
import { HostTrouble } from '../../core/ports.ts'
import { quote } from '../../core/quote.ts'
import type { OrRef } from '../../core/ref.ts'
import { type Answer, ask } from './ask.ts'
import { type Changed, type CommonOptions, common, resource } from './resource.ts'
import { serviceScript } from './services/script.ts'

const managers = ['systemd', 'openrc', 'sysv'] as const
const when = ['never', 'when-changed', 'always'] as const

export interface ServiceOptions extends CommonOptions {
  /** Whether it runs. As it is when left out. */
  readonly running?: OrRef<boolean> | undefined
  /** Whether it starts with the machine. As it is when left out. */
  readonly enabled?: OrRef<boolean> | undefined
  /**
   * Whether a running one is restarted: `when-changed` where a resource before it in the pipe changed something on
   * the host. `never` when left out.
   */
  readonly restart?: OrRef<(typeof when)[number]> | undefined
  /** The same, for services that read their configuration anew without an end of their work. */
  readonly reload?: OrRef<(typeof when)[number]> | undefined
  /** Found by looking when left out. */
  readonly manager?: OrRef<(typeof managers)[number]> | undefined
}

/** What was done to a service, or would be. */
export interface ServiceChanged extends Changed {
  readonly service: string
  readonly manager: string
}

const options = z
  .strictObject({
    running: z.boolean().optional(),
    enabled: z.boolean().optional(),
    restart: z.enum(when).default('never'),
    reload: z.enum(when).default('never'),
    manager: z.enum(managers).optional(),
    ...common,
  })
  .refine(
    ({ running, restart, reload }) => running !== false || (restart === 'never' && reload === 'never'),
    'a service that is not to run is neither restarted nor reloaded',
  )

type Options = z.output<typeof options>

/** The name of a unit or of a script: never an option, never a path. */
const serviceName = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9][A-Za-z0-9:_.@\\-]*$/, 'is no name of a service')

/**
 * A service that runs or doesn't, and starts with the machine or doesn't, by systemd, OpenRC or SysV's scripts. With
 * `restart: 'when-changed'` it is restarted where something before it in the pipe was changed, as a handler is. A service
 * that doesn't run after its start fails with code `exit` and the last words of its log.
 *
 * @example
 * pipe(
 *   template('/etc/redis/redis.conf', { text, vars: { port: 6379 } }),
 *   service('redis-server', { running: true, enabled: true, restart: 'when-changed' }),
 * )
 */
export const service = resource({
  name: 'service',
  shape: { name: serviceName, options },
  args: (name: string, options: ServiceOptions) => ({ name, options }),
  describe: ({ name, options }) => `${quote(['service', name])}${describe(options)}`,
  each: async (host, { name, options }, { check, changes }): Promise<ServiceChanged> => {
    const looked = await asked(host, name, options, 'look')
    const { todo, why } = decide(stateOf(looked, name, check), options, changes)
    const manager = looked.fact('manager') ?? 'unknown'
    if (todo.length > 0 && !check) {
      const after = stateOf(await asked(host, name, options, 'change', todo), name, false)
      if ((options.running || todo.includes('restart')) && !after.running)
        throw new HostTrouble('exit', `${name} was started and is not running`, { detail: { todo } })
    }
    return { changed: todo.length > 0, what: why, service: name, manager }
  },
})

function asked(
  host: HostAtWork,
  name: string,
  { manager, become }: Options,
  what: 'look' | 'change',
  todo: readonly string[] = [],
): Promise<Answer> {
  const args = [what, manager ?? '', name, todo.join(' ')]
  // Looking takes no rights.
  return ask(host, { script: serviceScript, args, become: become && what === 'change' })
}

interface State {
  readonly running: boolean
  readonly enabled: boolean
  /** It can be neither enabled nor disabled: something else starts it. */
  readonly fixed: boolean
}

/** In a check, a service that is not there may be one that a package before it brings. */
function stateOf(answer: Answer, name: string, check: boolean): State {
  if (answer.fact('LoadState') === 'not-found' && !check)
    throw new HostTrouble(
      'refused',
      `there is no service ${name}; install what brings it by packages(…) before`,
    )
  const file = answer.fact('UnitFileState') ?? ''
  return {
    running: ['active', 'reloading', 'activating'].includes(answer.fact('ActiveState') ?? ''),
    enabled: ['enabled', 'enabled-runtime', 'alias'].includes(file),
    fixed: ['static', 'indirect', 'generated', 'transient'].includes(file),
  }
}

function decide(
  { running, enabled, fixed }: State,
  wanted: Options,
  changes: number,
): { readonly todo: readonly string[]; readonly why: readonly string[] } {
  const due = (rule: (typeof when)[number]) => rule === 'always' || (rule === 'when-changed' && changes > 0)
  const steps: [string, string][] = []
  if (wanted.enabled === true && !enabled && !fixed) steps.push(['enable', 'enabled'])
  if (wanted.enabled === false && enabled) steps.push(['disable', 'disabled'])
  if (wanted.running === true && !running) steps.push(['start', 'started'])
  else if (wanted.running === false && running) steps.push(['stop', 'stopped'])
  else if (running && due(wanted.restart)) steps.push(['restart', 'restarted'])
  else if (running && due(wanted.reload)) steps.push(['reload', 'reloaded'])
  return { todo: steps.map(([todo]) => todo), why: steps.map(([, why]) => why) }
}

function describe({ running, enabled, restart, reload }: Options): string {
  return [
    running === undefined ? undefined : running ? 'running' : 'stopped',
    enabled === undefined ? undefined : enabled ? 'enabled' : 'disabled',
    restart === 'never' ? undefined : `restart ${restart}`,
    reload === 'never' ? undefined : `reload ${reload}`,
  ]
    .flatMap(word => (word === undefined ? [] : [`, ${word}`]))
    .join('')
}
