import type { AgentsPort } from '../core/agents.ts'
import type { Transport } from '../core/ports.ts'
import type { BridgeStatus } from './bridge/status.ts'
import type { LoadedConfig } from './config.ts'

/** What was written on the command line behind a command that starts a root. */
export interface RootArgs {
  /** Flags by name, without their dashes. */
  readonly flags: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>
  readonly words: readonly string[]
}

export interface RootOptions {
  readonly loaded: LoadedConfig
  readonly args: RootArgs
  /** Says a line to whoever watches, on stderr. */
  say(text: string): void
  /** Aborted by the first Ctrl-C or SIGTERM: end in order. The second one ends the process. */
  readonly signal: AbortSignal
}

/** Starts a root and answers its exit status once it has ended. It resolves after everything that it opened is closed. */
export type RootStarter = (options: RootOptions) => Promise<number>

/** The bridge as a part of another process. */
export interface BridgePart {
  status(): BridgeStatus
  /** Puts agents on hosts. */
  readonly agents: AgentsPort
  /** A way to hosts whose agents have dialled in. It is closed by whoever asked for it. */
  agentTransport(): Transport
  /** Takes no more jobs, and lets those at work end for so many milliseconds; agents stay. */
  drain(ms: number): Promise<void>
  /** Takes nothing more, lets what is at work end for so many milliseconds, and closes everything. */
  end(ms: number): Promise<void>
}

/** Opens the bridge of a state folder; rejects when it can't be, with everything closed that was opened. */
export type OpenBridge = (options: Pick<RootOptions, 'loaded' | 'say'>) => Promise<BridgePart>

/** The roots that a command can start by themselves. */
export type RootName = 'bridge' | 'relay' | 'agent'

/** The roots that commands use without importing them. Each is a module that is loaded when it is used. */
export type Roots = Readonly<Record<RootName, () => Promise<{ readonly start: RootStarter }>>> & {
  readonly bridgePart?: () => Promise<{ readonly openBridge: OpenBridge }>
}
