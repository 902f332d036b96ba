import * as z from 'zod'

/** A host's name becomes a folder, an argument and a prompt, so it is a plain label. */
const label = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'lower-case letters, digits and inner dashes')

const closetHostSchema = z.strictObject({
  name: label,
  /** The login name; it exists only in the closet, and commands run as whoever opened it. */
  user: label.default('ops'),
  /** `down`: nothing listens on its port. `refusing`: it is up and authorizes another key. */
  state: z.enum(['working', 'down', 'refusing']).default('working'),
  /** Milliseconds that it takes before each command, shell and SFTP session: a slow host. */
  latencyMs: z.int().min(0).max(60_000).default(0),
})

/** A host to put in the closet; only its name is needed. */
export type ClosetHost = z.input<typeof closetHostSchema>

/** A host with what was left out filled in. */
export type ClosetHostSettings = z.output<typeof closetHostSchema>

/** Five that work, one of them slow enough to be seen waiting for, one down, one that refuses the key. */
export const defaultHosts: readonly ClosetHost[] = [
  { name: 'foo' },
  { name: 'bar' },
  { name: 'big-iron' },
  { name: 'attic', latencyMs: 120 },
  { name: 'cellar' },
  { name: 'dusty', state: 'down' },
  { name: 'vault', state: 'refusing' },
]

export const closetOptionsSchema = z.strictObject({
  folder: z.string().min(1),
  hosts: z
    .array(closetHostSchema)
    .min(1)
    .refine(
      hosts => new Set(hosts.map(host => host.name)).size === hosts.length,
      'two hosts have the same name',
    ),
})
