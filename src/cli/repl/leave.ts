import { constants } from 'node:os'
import type { REPLServer } from 'node:repl'
import { type CommandContext, interruptStatus } from '../context.ts'
import type { LineRuns } from './runs.ts'

/** How a prompt is left. */
export interface Leaving extends Disposable {
  /** The exit status, once the prompt was left by its person or by a signal. */
  readonly status: Promise<number>
}

/**
 * Listens for what ends a prompt: Ctrl-D, `.exit`, the end of the terminal, a signal. A Ctrl-C while the line's runs
 * are under way cancels them and is no reason to leave.
 */
export function watchLeaving(
  server: REPLServer,
  context: CommandContext,
  runs: LineRuns,
  terminal: boolean,
): Leaving {
  const nodeListeners = server.listeners('SIGINT')
  server.removeAllListeners('SIGINT')
  server.on('SIGINT', () => {
    if (runs.cancel('Ctrl-C')) return
    for (const listener of nodeListeners) listener.call(server)
  })
  const { promise, resolve } = Promise.withResolvers<number>()
  const leave = (status: number) => {
    runs.cancelAll('the prompt was left')
    resolve(status)
  }
  const stop = context.onInterrupt(signal => {
    if (signal === 'SIGINT' && terminal) server.emit('SIGINT')
    else leave(interruptStatus[signal])
  })
  const hangUp = () => leave(128 + constants.signals.SIGHUP)
  process.on('SIGHUP', hangUp)
  if (terminal) {
    // A terminal that is gone closes the prompt, which then waits for the run: so the run is ended first.
    server.once('close', () => runs.cancelAll('the prompt was left'))
    server.once('exit', () => leave(0))
  }
  return {
    status: promise,
    [Symbol.dispose]: () => {
      stop()
      process.off('SIGHUP', hangUp)
    },
  }
}
