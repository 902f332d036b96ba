import os from 'node:os'
import path from 'node:path'
import * as z from 'zod'
import { explainIssues, InvalidConfig } from '../../core/errors.ts'
import { hostDefaultsSchema } from '../../core/hosts.ts'

/** What a connection went through, for logs and live lines. `target` is `user@address:port`. */
export type SshEvent =
  | { readonly kind: 'connecting'; readonly host: string; readonly target: string }
  | { readonly kind: 'connected'; readonly host: string; readonly target: string; readonly ms: number }
  | {
      readonly kind: 'dropped'
      readonly host: string
      readonly target: string
      readonly attempt: number
      readonly waitMs: number
    }
  | { readonly kind: 'recorded'; readonly host: string; readonly name: string; readonly fingerprint: string }
  | { readonly kind: 'closed'; readonly host: string; readonly target: string }

const milliseconds = z.int().min(1)
const paths = z.array(z.string().min(1))
const names = z.array(z.string().min(1)).min(1).optional()

/**
 * Defaults and their reasons. Times are milliseconds, sizes are bytes; a path may start with `~`.
 */
export const sshOptionsSchema = z.strictObject({
  /** Where accepted host keys and large outputs are kept: the project's `.reops` folder. */
  stateFolder: z.string().min(1),
  home: z
    .string()
    .min(1)
    .default(() => os.homedir()),
  /** `false` reads no ssh configuration at all. */
  configFile: z.union([z.string().min(1), z.literal(false)]).default('~/.ssh/config'),
  /** Read, never written. Those of the ssh configuration (UserKnownHostsFile) replace the first. */
  knownHostsFiles: paths.default(['~/.ssh/known_hosts', '/etc/ssh/ssh_known_hosts']),
  /** Read and appended to. `known_hosts` in the state folder unless it is given. */
  ownKnownHostsFile: z.string().min(1).optional(),
  /** First contact is recorded by default; a changed key is refused under both. */
  hostKeys: z.enum(['accept-new', 'strict']).default('accept-new'),
  /** What reops' own configuration says of a host, by its name. It wins over the ssh configuration. */
  hosts: z
    .record(z.string(), hostDefaultsSchema.extend({ address: z.string().min(1).optional() }))
    .default({}),
  /** What reops' own configuration says of every host, where nothing nearer does. */
  defaults: hostDefaultsSchema.default({}),
  /** Named keys: what `host.key` may say instead of a path. */
  keys: z.record(z.string(), z.string().min(1)).default({}),
  /** Tried where nothing names a key. Only those that exist. */
  defaultKeys: paths.default(['~/.ssh/id_ed25519', '~/.ssh/id_ecdsa', '~/.ssh/id_rsa']),
  /** The agent's socket; `false` for none. */
  agent: z.union([z.string().min(1), z.literal(false)]).default(() => process.env.SSH_AUTH_SOCK || false),
  /** Asks a person for the passphrase of a key; `undefined` when they decline. Absent where nobody is there. */
  askPassphrase: z
    .custom<AskPassphrase>(value => typeof value === 'function', 'askPassphrase is a function')
    .optional(),
  /** From the first packet to a session that is ready. */
  connectTimeout: milliseconds.default(10_000),
  /** A dropped handshake (MaxStartups) is tried again this often at most, within the connect deadline. */
  connectAttempts: z.int().min(1).max(100).default(12),
  /** Handshakes at once to one address: sshd's own default starts to drop at ten. It adapts downwards. */
  handshakes: z.int().min(1).max(1_000).default(10),
  /** Where a command does not say. */
  commandTimeout: milliseconds.optional(),
  /** Between asking a command to end (SIGTERM) and ending it (SIGKILL). */
  killGrace: z.int().min(0).max(60_000).default(3_000),
  keepaliveInterval: z.int().min(0).default(15_000),
  keepaliveCount: z.int().min(1).default(3),
  /** A connection that nobody uses is closed after this. */
  idleTimeout: milliseconds.default(60_000),
  /** Connections to one target, and sessions on each (sshd's MaxSessions is ten by default). */
  maxConnections: z.int().min(1).default(4),
  maxSessions: z.int().min(1).default(10),
  /** Output of one stream that stays in the result as text; beyond it the whole goes to a file. */
  inlineLimit: z
    .int()
    .min(1_024)
    .default(64 * 1_024),
  /** Where large outputs are kept: `output` in the state folder unless it is given. */
  spoolFolder: z.string().min(1).optional(),
  /** A command whose stream says more than this is ended: it would fill the disk. */
  spoolLimit: z
    .int()
    .min(1_024)
    .default(4 * 1_024 ** 3),
  /** The rsync program of this machine. */
  rsync: z.string().min(1).default('rsync'),
  /** Exact lists, to pin one algorithm in a bench. ssh2's defaults otherwise: curve25519 and AES-GCM first. */
  algorithms: z.strictObject({ kex: names, cipher: names, hmac: names, serverHostKey: names }).default({}),
  onEvent: z
    .custom<(event: SshEvent) => void>(value => typeof value === 'function', 'onEvent is a function')
    .optional(),
})

/** Asks for the passphrase of the key at `keyPath`; `undefined` means that there will be none. */
export type AskPassphrase = (keyPath: string) => Promise<string | undefined>

/** What `createSshTransport` takes. Only `stateFolder` is needed. */
export type SshOptions = z.input<typeof sshOptionsSchema>

/** The options with every default and path filled in. */
export interface SshSettings
  extends Omit<z.output<typeof sshOptionsSchema>, 'ownKnownHostsFile' | 'spoolFolder'> {
  readonly ownKnownHostsFile: string
  readonly spoolFolder: string
}

/** Checks the options and fills in what is left out. Throws `InvalidConfig`. */
export function readOptions(options: SshOptions): SshSettings {
  const checked = sshOptionsSchema.safeParse(options)
  if (!checked.success) {
    throw new InvalidConfig(`the options of the ssh transport: ${explainIssues(checked.error.issues)}`, {
      cause: checked.error,
    })
  }
  const { data } = checked
  const here = (file: string) => path.resolve(expandHome(file, data.home))
  return {
    ...data,
    stateFolder: here(data.stateFolder),
    configFile: data.configFile === false ? false : here(data.configFile),
    knownHostsFiles: data.knownHostsFiles.map(here),
    ownKnownHostsFile: here(data.ownKnownHostsFile ?? path.join(data.stateFolder, 'known_hosts')),
    spoolFolder: here(data.spoolFolder ?? path.join(data.stateFolder, 'output')),
    defaultKeys: data.defaultKeys.map(here),
  }
}

/** `~` and `~/…` mean the home folder; everything else stays as it is. */
export function expandHome(file: string, home: string): string {
  return file === '~' ? home : file.startsWith('~/') ? path.join(home, file.slice(2)) : file
}
