import * as z from 'zod'
import { HostTrouble } from '../../core/ports.ts'
import { quote } from '../../core/quote.ts'
import type { OrRef } from '../../core/ref.ts'
import { ask } from './ask.ts'
import { absolute } from './files/attributes.ts'
import { type Changed, type CommonOptions, common, resource } from './resource.ts'

export interface UserOptions extends CommonOptions {
  /** `absent` removes the account, and leaves its home. */
  readonly state?: OrRef<'present' | 'absent'> | undefined
  readonly uid?: OrRef<number> | undefined
  /** The primary group. */
  readonly group?: OrRef<string> | undefined
  /** Groups that it is in besides; those that it is in already stay. */
  readonly groups?: OrRef<readonly OrRef<string>[]> | undefined
  readonly shell?: OrRef<string> | undefined
  readonly home?: OrRef<string> | undefined
  readonly comment?: OrRef<string> | undefined
  /** An account of a service: without a home of its own and below the ids of people. Only when it is made. */
  readonly system?: OrRef<boolean> | undefined
}

/** What was done to an account, or would be. */
export interface UserChanged extends Changed {
  readonly user: string
}

const account = z
  .string()
  .regex(/^[a-z_][a-z0-9_-]{0,30}\$?$/, 'is no name of an account: lower-case letters, digits, dashes')

const field = z
  .string()
  .max(200)
  .regex(/^[^:\n\0]*$/, 'holds a colon or the end of a line')

const options = z.strictObject({
  state: z.enum(['present', 'absent']).default('present'),
  uid: z.int().min(0).max(4_294_967_294).optional(),
  group: account.optional(),
  groups: z.array(account).default([]),
  shell: absolute.pipe(field).optional(),
  home: absolute.pipe(field).optional(),
  comment: field.optional(),
  system: z.boolean().default(false),
  ...common,
})

type Options = z.output<typeof options>

/** `$1` the account. `getent` knows accounts of directories too; where it is missing there are only those of the file. */
const lookScript = `
if has getent; then entry=$(getent passwd "$1"); else entry=$(grep -e "^$1:" /etc/passwd); fi
[ -n "$entry" ] || exit 0
say entry "$entry"
say group "$(id -gn -- "$1")"
say groups "$(id -Gn -- "$1")"
`

/** `$1` is `add`, `change` or `remove`, `$2` the account, and then the options of useradd or usermod. */
const changeScript = `
what=$1 name=$2
shift 2
case $what in add) program=useradd ;; change) program=usermod ;; remove) program=userdel ;; esac
has "$program" || refuse "the host has no $program; install it (on Alpine: the package shadow)"
"$program" "$@" -- "$name" >&2
`

/**
 * An account of the host, with what is said of it; the rest stays as it is. It has no password: let it in by a key with
 * `file(…)` in its home. Needs shadow's useradd, usermod and userdel.
 *
 * @example
 * await run(user(closet, 'deploy', { groups: ['docker'], shell: '/bin/bash' }))
 */
export const user = resource({
  name: 'user',
  shape: { name: account, options: options.prefault({}) },
  args: (name: string, options: UserOptions = {}) => ({ name, options }),
  describe: ({ name, options }) => `${quote(['user', name])}${options.state === 'absent' ? ' absent' : ''}`,
  each: async (host, { name, options }, { check }): Promise<UserChanged> => {
    const { become } = options
    const looked = await ask(host, { script: lookScript, args: [name], become: false })
    const entry = looked.fact('entry')
    const there =
      entry === undefined ? undefined : readEntry(entry, looked.fact('group'), looked.fact('groups'))
    const { what, args } = decide(name, there, options)
    if (args && !check) await ask(host, { script: changeScript, args, become })
    return { changed: what.length > 0, what, user: name }
  },
})

interface Account {
  readonly uid: string
  readonly comment: string
  readonly home: string
  readonly shell: string
  readonly group: string
  readonly groups: readonly string[]
}

function readEntry(entry: string, group = '', groups = ''): Account {
  const [, , uid, , comment, home, shell] = entry.split(':')
  if (uid === undefined || comment === undefined || home === undefined || shell === undefined)
    throw new HostTrouble('exception', 'the host does not say in a readable way what account that is')
  return { uid, comment, home, shell, group, groups: groups.split(' ') }
}

interface Decision {
  readonly what: readonly string[]
  readonly args?: readonly string[]
}

function decide(name: string, there: Account | undefined, wanted: Options): Decision {
  const { state, system, groups } = wanted
  if (state === 'absent') return there ? { what: ['removed'], args: ['remove', name] } : { what: [] }
  if (there === undefined) {
    const words = [
      ...(system ? ['-r'] : ['-m']),
      ...fields(wanted).flatMap(([flag, , value]) => [flag, value]),
    ]
    return {
      what: ['created'],
      args: ['add', name, ...words, ...(groups.length > 0 ? ['-G', groups.join(',')] : [])],
    }
  }
  const differing = fields(wanted).filter(([, key, value]) => there[key] !== value)
  const missing = groups.filter(one => !there.groups.includes(one))
  const what = [
    ...differing.map(([, key, value]) => `${key} ${there[key]} → ${value}`),
    ...missing.map(one => `in ${one}`),
  ]
  const words = [
    ...differing.flatMap(([flag, , value]) => [flag, value]),
    ...(missing.length > 0 ? ['-a', '-G', missing.join(',')] : []),
  ]
  return what.length > 0 ? { what, args: ['change', name, ...words] } : { what }
}

/** What is asked for, as shadow's programs want it and as it is found. */
function fields(wanted: Options): [flag: string, key: Exclude<keyof Account, 'groups'>, value: string][] {
  const { uid, group, shell, home, comment } = wanted
  return [
    ...(uid === undefined ? [] : [['-u', 'uid', String(uid)] as const]),
    ...(group === undefined ? [] : [['-g', 'group', group] as const]),
    ...(shell === undefined ? [] : [['-s', 'shell', shell] as const]),
    ...(home === undefined ? [] : [['-d', 'home', home] as const]),
    ...(comment === undefined ? [] : [['-c', 'comment', comment] as const]),
  ].map(([flag, key, value]) => [flag, key, value])
}
