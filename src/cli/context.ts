import type { Readable, Writable } from 'node:stream'
import type { BridgePort } from '../core/bridge.ts'
import type { LoadedConfig } from '../run/config.ts'
import type { TransportFactory } from '../run/hosts-port.ts'
import type { Roots } from '../run/root.ts'
import type { ProviderFactory } from '../run/systems/port.ts'

/** A stream that may be a terminal. */
export type Output = Writable & {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
}
export type Input = Readable & {
  readonly isTTY?: boolean | undefined
  setRawMode?(mode: boolean): unknown
}

/** The signals that ask a command to end. */
export type Interrupt = 'SIGINT' | 'SIGTERM'

/** Everything of the process that a command may touch, so that a test can bring its own. */
export interface CommandContext {
  readonly stdin: Input
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  /** The folder that relative paths are meant from. */
  readonly cwd: string
  /** Calls back at each Ctrl-C and SIGTERM, which then don't end the process by themselves; the answer stops it. */
  onInterrupt(listener: (signal: Interrupt) => void): () => void
  /** Does as a Ctrl-C does, where a terminal in raw mode hands it over as a key. */
  interrupt(): void
  /** Ends the process at once, for whoever does not want to wait. */
  exit(status: number): void
  /** Transports beside or in place of the wired ones. */
  readonly transports?: Readonly<Record<string, TransportFactory>> | undefined
  /** Providers of systems beside or in place of the wired ones. */
  readonly providers?: Readonly<Record<string, ProviderFactory>> | undefined
  /** The bridge of a configuration, in place of one that is dialled. */
  readonly bridge?: ((loaded: LoadedConfig) => BridgePort) | undefined
  /** The programs that a command can start and that it may not import. */
  readonly roots?: Partial<Roots> | undefined
}

/** The exit status of a command that a signal ended. */
export const interruptStatus: Readonly<Record<Interrupt, number>> = { SIGINT: 130, SIGTERM: 143 }

/** The context of this process. */
export function processContext(): CommandContext {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    onInterrupt(listener) {
      process.on('SIGINT', listener).on('SIGTERM', listener)
      return () => void process.off('SIGINT', listener).off('SIGTERM', listener)
    },
    interrupt: () => void process.kill(process.pid, 'SIGINT'),
    exit: status => process.exit(status),
  }
}
