import { type CommandContext, type Interrupt, interruptStatus } from '../context.ts'

/** Ctrl-C and SIGTERM while something is under way. */
export interface Interrupts {
  /** Aborted by the first of them. */
  readonly signal: AbortSignal
  /** The exit status that the first one asks for; absent while there was none. */
  readonly status: number | undefined
  stop(): void
}

/**
 * The first Ctrl-C or SIGTERM cancels: what is under way is told to stop, and what finished is kept. The second one
 * ends the process at once.
 */
export function watchInterrupts(context: CommandContext, say: (text: string) => void): Interrupts {
  const controller = new AbortController()
  let first: Interrupt | undefined
  const stop = context.onInterrupt(signal => {
    if (first !== undefined) return context.exit(interruptStatus[signal])
    first = signal
    say('stopping; again ends at once')
    controller.abort(new Error(signal === 'SIGINT' ? 'Ctrl-C' : 'SIGTERM'))
  })
  return {
    signal: controller.signal,
    get status() {
      return first && interruptStatus[first]
    },
    stop,
  }
}
