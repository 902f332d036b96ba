import type { Host } from '../hosts.ts'
import type { Json } from '../json.ts'
import {
  type CallOptions,
  type CommandOptions,
  type CommandResult,
  HostTrouble,
  type Remote,
  type SyncOptions,
  type TransferOptions,
  type Transferred,
} from '../ports.ts'

/**
 * One host at work at one step: a connection whose every call is already bound by the step's signal and by the
 * time that this host may take.
 */
export interface HostAtWork {
  readonly name: string
  readonly signal: AbortSignal
  /** Milliseconds that are left for this host at this step. */
  readonly timeout: number
  exec(command: readonly string[] | string, options?: Partial<CommandOptions>): Promise<CommandResult>
  upload(local: string, remote: string, options?: Partial<TransferOptions>): Promise<Transferred>
  download(remote: string, local: string, options?: Partial<TransferOptions>): Promise<Transferred>
  sync(local: string, remote: string, options?: Partial<SyncOptions>): Promise<Transferred>
  /** Calls a function of the host's agent; a host that is reached in another way fails with code `refused`. */
  call(name: string, params: Json, options?: Partial<CallOptions>): Promise<Json>
}

/** Binds a connection to a step's signal and to what is left of a host's time, in milliseconds, at each call. */
export function bind(host: Host, remote: Remote, signal: AbortSignal, left: () => number): HostAtWork {
  const bounds = () => ({ signal, timeout: left() })
  return {
    name: host.name,
    signal,
    get timeout() {
      return left()
    },
    exec: (command, options) => remote.exec(command, { ...bounds(), ...options }),
    upload: (local, path, options) => remote.upload(local, path, { ...bounds(), ...options }),
    download: (path, local, options) => remote.download(path, local, { ...bounds(), ...options }),
    sync: (local, path, options) =>
      remote.sync(local, path, { ...bounds(), delete: false, exclude: [], ...options }),
    call: async (name, params, options) => {
      if (remote.call) return remote.call(name, params, { ...bounds(), ...options })
      throw new HostTrouble(
        'refused',
        `${host.name} is reached in a way that calls no functions; it takes its agent`,
      )
    },
  }
}
