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

/** The roots that a command can start. Each is a module that is loaded when it is. */
export type Roots = Readonly<
  Record<'bridge' | 'relay' | 'agent', () => Promise<{ readonly start: RootStarter }>>
>
