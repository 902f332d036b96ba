import { whenAborted } from '../../core/aborted.ts'
import { stateFolder } from '../../run/config.ts'
import { type Daemon, startDaemon } from '../../run/daemon/daemon.ts'
import { notice } from '../bridge/print.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { given } from '../parse.ts'
import { configuration } from '../session/configuration.ts'
import { watchInterrupts } from '../session/interrupts.ts'

/** Runs the daemon until it is told to end. What it was told to end by is no failure. */
export async function runDaemon(context: CommandContext, args: Args): Promise<number> {
  const say = given(args, 'json')
    ? (text: string) =>
        void context.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), text })}\n`)
    : (text: string) => notice(context, text)
  const loaded = await configuration(context, args)
  const interrupts = watchInterrupts(context, say)
  try {
    const { transports, providers, roots } = context
    const daemon = await startDaemon({ loaded, say, bridge: roots?.bridgePart, transports, providers })
    for (const line of begunLines(daemon)) say(line)
    say(`the daemon of ${stateFolder(loaded)} is up, as process ${process.pid}`)
    await whenAborted(interrupts.signal)
    say('draining: nothing new is started, and what is under way may end')
    await daemon.end()
    say('down')
    return 0
  } finally {
    interrupts.stop()
  }
}

function begunLines(daemon: Daemon): string[] {
  const { schedules, watches, forward, metrics, webhooks, inCloud = [] } = daemon.status()
  const next = schedules.flatMap(one => (one.next === undefined ? [] : [`${one.name} fires at ${one.next}`]))
  return [
    `schedules: ${schedules.length}, watches: ${watches.length}`,
    ...next,
    ...(inCloud.length === 0 ? [] : [`kept in AWS and not here: ${inCloud.join(', ')}`]),
    ...(forward === undefined
      ? []
      : [`sensors that are forwarded to the event bus ${forward.bus}: ${forward.sensors}`]),
    ...(metrics?.at === undefined ? [] : [`metrics and health at http://${metrics.at}/metrics and /healthz`]),
    ...(webhooks?.at === undefined ? [] : [`webhooks at http://${webhooks.at}`]),
  ]
}
