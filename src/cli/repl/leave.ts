import { constants } from 'node:os'
import type { REPLServer } from 'node:repl'
import { type CommandContext, interruptStatus } from '../context.ts'
import type { LineRuns } from './runs.ts'

/**
 * When the prompt is left, and with which exit status: by Ctrl-D, `.exit`, the end of the terminal or a signal. A
 * Ctrl-C while the line's runs are under way cancels them and is no reason to leave.
 */
export function leaving(
  server: REPLServer,
  context: CommandContext,
  runs: LineRuns,
  terminal: boolean,
): Promise<number> {
  const nodeListeners = server.listeners('SIGINT')
  server.removeAllListeners('SIGINT')
  server.on('SIGINT', () => {
    if (runs.cancel('Ctrl-C')) return
    for (const listener of nodeListeners) listener.call(server)
  })
  return new Promise(resolve => {
    const stop = context.onInterrupt(signal => {
      if (signal === 'SIGINT' && terminal) return void server.emit('SIGINT')
      leave(interruptStatus[signal])
    })
    const hangUp = () => leave(128 + constants.signals.SIGHUP)
    process.on('SIGHUP', hangUp)
    const leave = (status: number) => {
      stop()
      process.off('SIGHUP', hangUp)
      runs.cancelAll('the prompt was left')
      resolve(status)
    }
    // A terminal that is gone closes the prompt, which then waits for the run: so the run is ended first.
    server.once('close', () => runs.cancelAll('the prompt was left'))
    server.once('exit', () => leave(0))
  })
}
