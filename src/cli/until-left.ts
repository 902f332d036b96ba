import { type CommandContext, type Interrupt, interruptStatus } from './context.ts'

/** How long somebody watches what goes on by itself. */
export interface Watching {
  /** Aborted by Ctrl-C and by SIGTERM. */
  readonly left: AbortSignal
  /** The exit status that the first of them asks for; absent while nobody has left. */
  readonly status: number | undefined
  /** Hears of them no more. */
  stop(): void
}

/** Watches until whoever runs the command leaves; what is watched goes on. `stop` has to be called. */
export function untilLeft(context: Pick<CommandContext, 'onInterrupt'>): Watching {
  const left = new AbortController()
  let first: Interrupt | undefined
  const stop = context.onInterrupt(which => {
    first ??= which
    left.abort()
  })
  return {
    left: left.signal,
    get status() {
      return first && interruptStatus[first]
    },
    stop,
  }
}
