import type { Duplex } from 'node:stream'
import type { Host } from './hosts.ts'
import type { Json } from './json.ts'
import type { FailureCode } from './outcome.ts'

/** Large output, kept whole in a file (or an object) and named by reference. `bytes` is the full size. */
export interface Kept {
  readonly bytes: number
  /** Where the whole output is: a path locally, an object key in the cloud. */
  readonly ref: string
}

/**
 * What a command said. `stdout` and `stderr` are decoded as UTF-8 with invalid bytes replaced. When output is
 * larger than the transport's inline limit, the text holds its tail and `kept` names the whole.
 */
export interface CommandResult {
  readonly stdout: string
  readonly stderr: string
  /** Exit status; `null` when a signal ended the command. */
  readonly exit: number | null
  readonly signal?: string | undefined
  readonly kept?: { readonly stdout?: Kept | undefined; readonly stderr?: Kept | undefined } | undefined
}

/** Bytes moved so far; `total` is absent while it is not known. */
export interface TransferProgress {
  readonly file: string
  readonly bytes: number
  readonly total?: number | undefined
}

export interface CommandOptions {
  readonly signal: AbortSignal
  /** Milliseconds until the command is asked to end and its host fails with `timeout`. */
  readonly timeout?: number | undefined
  readonly stdin?: string | Uint8Array | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
  /** Every chunk as it arrives. */
  readonly onOutput?: ((stream: 'stdout' | 'stderr', chunk: Uint8Array) => void) | undefined
}

/** How a function of an agent is called. */
export interface CallOptions {
  readonly signal: AbortSignal
  /** Milliseconds until it is ended and its host fails with `timeout`. */
  readonly timeout?: number | undefined
  /** What it says on its console, as it arrives. */
  readonly onOutput?: ((stream: 'stdout' | 'stderr', chunk: Uint8Array) => void) | undefined
  /** The bundle that the call names; it is sent where the host doesn't have it yet. */
  readonly bundle?: Uint8Array | undefined
}

export interface TransferOptions {
  readonly signal: AbortSignal
  readonly timeout?: number | undefined
  /** Permission bits of what is written, such as `0o600`. */
  readonly mode?: number | undefined
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined
}

export interface SyncOptions extends TransferOptions {
  /** Delete what the source does not have. */
  readonly delete: boolean
  readonly exclude: readonly string[]
}

/** Files and bytes that a transfer moved. */
export interface Transferred {
  readonly files: number
  readonly bytes: number
}

/** Where a raw stream leads on a host: to a unix socket there, or to a command's input and output. */
export type FarEnd = { readonly socketPath: string } | { readonly command: readonly string[] }

/**
 * One host, connected. A command is an argument vector, which the transport quotes, or a script for the
 * host's own shell, which it does not. Every method throws `HostTrouble` and nothing else for what is the
 * host's fault; a command's own non-zero exit is a result and not an error.
 */
export interface Remote {
  exec(command: readonly string[] | string, options: CommandOptions): Promise<CommandResult>
  upload(local: string, remote: string, options: TransferOptions): Promise<Transferred>
  download(remote: string, local: string, options: TransferOptions): Promise<Transferred>
  /** Makes the remote folder like the local one, moving only what differs. */
  sync(local: string, remote: string, options: SyncOptions): Promise<Transferred>
  /**
   * Bytes both ways to something on the host; `signal` and `timeout` are about opening it. A far end that is not
   * there is an `exception`. Absent where a transport has no such way.
   */
  stream?(
    to: FarEnd,
    options: { readonly signal: AbortSignal; readonly timeout?: number | undefined },
  ): Promise<Duplex>
  /** Calls a function of the host's agent by its name. Absent where a transport has no agent at its end. */
  call?(name: string, params: Json, options: CallOptions): Promise<Json>
}

/** How a host is opened. */
export interface OpenOptions {
  readonly signal: AbortSignal
  readonly timeout?: number | undefined
  /** Milliseconds that a host which is not there now is waited for, where the transport can; none when left out. */
  readonly wait?: number | undefined
}

/** A way to reach hosts (`ssh`, `agent`, `ssm`). Opening may reuse a warm connection; `close` ends them all. */
export interface Transport {
  open(host: Host, options: OpenOptions): Promise<Remote>
  close(): Promise<void>
}

/** A host's own trouble: data in the outcome, thrown only between a transport and the step that uses it. */
export class HostTrouble extends Error {
  override readonly name = 'HostTrouble'
  readonly code: FailureCode
  readonly detail: Readonly<Record<string, unknown>>

  constructor(
    code: FailureCode,
    message: string,
    options: { detail?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.detail = options.detail ?? {}
  }
}

/** Time, so that a test can bring its own. Milliseconds since the epoch. */
export interface Clock {
  now(): number
  /** Resolves after `ms`, or rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}
