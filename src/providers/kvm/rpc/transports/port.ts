import type { Duplex } from 'node:stream'
import type { FarEnd } from '../../../../core/ports.ts'

/** A host of an SSH URI: what is left out comes from the configuration of whoever opens the way. */
export interface SshHost {
  readonly host: string
  readonly user: string | undefined
  readonly port: number | undefined
  /** A key file. */
  readonly keyfile: string | undefined
  readonly knownHosts: string | undefined
  /** `ignore` asks for no check of the host's key at all: whoever opens the way may refuse that. */
  readonly verify: 'normal' | 'auto' | 'ignore'
}

/** What opening a way may take; `timeout` is in milliseconds. */
export interface WayOptions {
  readonly signal: AbortSignal
  readonly timeout?: number | undefined
}

/**
 * Opens a stream to something on a host that is reached by SSH. Throws `HostTrouble`: `unreachable`, `auth` and
 * `host-key` are about the host, `exception` is about the far end.
 */
export type OpenStream = (host: SshHost, to: FarEnd, options: WayOptions) => Promise<Duplex>
