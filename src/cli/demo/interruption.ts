import { constants } from 'node:os'
import { type CommandContext, interruptStatus } from '../context.ts'

/** What asked the demonstration to end, if anything did. */
export interface Interruption extends Disposable {
  readonly signal: AbortSignal
  /** The exit status that it asks for. */
  readonly status: number | undefined
}

/**
 * Listens for Ctrl-C, SIGTERM and a terminal that was closed, so that the closet is cleared away after each of them.
 * Whoever asks twice does not want to wait.
 */
export function watchInterruption(context: CommandContext): Interruption {
  const controller = new AbortController()
  let status: number | undefined
  const interrupt = (asked: number) => {
    if (status !== undefined) return context.exit(asked)
    status = asked
    controller.abort()
  }
  const stop = context.onInterrupt(signal => interrupt(interruptStatus[signal]))
  const hangUp = () => interrupt(128 + constants.signals.SIGHUP)
  process.on('SIGHUP', hangUp)
  return {
    signal: controller.signal,
    get status() {
      return status
    },
    [Symbol.dispose]: () => {
      stop()
      process.off('SIGHUP', hangUp)
    },
  }
}
