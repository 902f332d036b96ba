/**
 * The daemon: one process that acts by itself in a closet. Its parts, each `{ start, status, troubles, close }`:
 *
 *   alone.ts      one daemon a state folder
 *   executor.ts   executes flows, and goes on with what was left behind
 *   schedules.ts  starts flows at their times
 *   watches.ts    listens to sensors, and keeps watches on them
 *   forward/      tells AWS what the sensors of its watches say
 *   wemo.ts       lets an Echo find switches, and starts their flows
 *   webhooks.ts   starts flows for those who can prove that they may
 *   bridge.ts     works for those elsewhere, where the configuration says so; agents.ts reaches its agents from here
 *   control.ts    answers `reops status`; metrics.ts tells the same to Prometheus
 *
 * What is true at every instant:
 *
 * 1. One daemon has a state folder. Two would both start what is due.
 * 2. What is decided is written down first and done then, under a name: a process that dies in between does it once.
 * 3. A server that is down is waited for; what is wrong is said by `reops status`, `/healthz` and once on stderr.
 * 4. SIGTERM drains: nothing new is started, what is under way ends or stays in the journal for the next daemon.
 */
import type { Json } from '../../core/json.ts'
import type { Clock } from '../../core/ports.ts'
import { systemClock } from '../../executor/index.ts'
import type { TimeSource } from '../../triggers/watch/steady.ts'
import type { LoadedConfig } from '../config.ts'
import type { TransportFactory } from '../hosts-port.ts'
import { serveMetrics } from '../metrics/serve.ts'
import type { OpenBridge } from '../root.ts'
import type { ProviderFactory } from '../systems/port.ts'
import { version } from '../version.ts'
import { beTheOnlyDaemon } from './alone.ts'
import { createBridgePart } from './bridge.ts'
import { openControl } from './control.ts'
import { loadDeclared } from './declared.ts'
import { createExecutor } from './executor.ts'
import { createForwardPart } from './forward/part.ts'
import { healing } from './healing.ts'
import { daemonMetrics } from './metrics.ts'
import type { Part } from './part.ts'
import { daemonPlace } from './place.ts'
import { createSchedulesPart } from './schedules.ts'
import type { DaemonStatus } from './status.ts'
import { createWatchParts } from './watches.ts'
import { createWebhooksPart } from './webhooks.ts'
import { createWemoPart } from './wemo.ts'

export interface DaemonOptions {
  readonly loaded: LoadedConfig
  /** Says a line to whoever watches. */
  say(text: string): void
  /** Loads the bridge, which the daemon may not import. */
  readonly bridge?: (() => Promise<{ readonly openBridge: OpenBridge }>) | undefined
  readonly transports?: Readonly<Record<string, TransportFactory>> | undefined
  readonly providers?: Readonly<Record<string, ProviderFactory>> | undefined
  readonly clock?: Clock | undefined
  /** What watches measure by; the machine's own when left out. */
  readonly time?: TimeSource | undefined
}

/** A daemon that runs. */
export interface Daemon {
  status(): DaemonStatus
  /** Starts nothing more, lets what is under way end for as long as the configuration says, and closes everything. */
  end(): Promise<void>
}

/** How long a part may take to close, beyond what it may drain, in milliseconds. */
const closeMs = 20_000

/**
 * Starts the daemon of a state folder. Rejects with `DaemonRuns`, `InvalidConfig`, what the flows are refused with and what the
 * database throws; everything that was started is closed by then.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { loaded, say, clock = systemClock, time, transports, providers } = options
  const { daemon: settings } = loaded.config
  const drainMs = settings.drain * 1_000
  const declared = await loadDeclared(loaded)
  const place = daemonPlace(loaded)
  const startedAt = new Date(clock.now()).toISOString()
  let draining = false

  const ports = { loaded, clock, say }
  const bridge =
    settings.bridge && options.bridge
      ? createBridgePart({ ...ports, load: options.bridge, drainMs })
      : undefined
  const executor = createExecutor({ ...ports, flows: declared.flows, bridge, transports, providers })
  const { schedules: named, flows } = declared
  const inCloud = Object.values(declared.inCloud).flatMap(some => [...some.keys()])
  const schedules = createSchedulesPart({ ...ports, schedules: named, flows, executor })
  const watches = createWatchParts({ ...ports, declared, executor, time })
  const forward = createForwardPart({ ...ports, watches: declared.inCloud.watches, readings: watches })
  const wemo = await createWemoPart({ ...ports, flows, wemos: declared.wemos, executor })
  const metrics = settings.metrics === false ? undefined : healing('metrics', listen(settings.metrics), ports)
  const webhooks =
    declared.webhooks.size === 0
      ? undefined
      : createWebhooksPart({ ...ports, webhooks: declared.webhooks, executor, listen: settings.webhooks })
  const control = healing('the socket of reops status', openSocket, ports)

  // In the order in which they are started; what they act by comes first.
  const parts: readonly Part[] = [
    ...(bridge ? [bridge] : []),
    executor,
    control,
    ...(metrics ? [metrics] : []),
    watches.watches,
    ...(forward ? [forward] : []),
    ...(watches.sensors ? [watches.sensors] : []),
    schedules,
    ...(wemo ? [wemo] : []),
    ...(webhooks ? [webhooks] : []),
  ]

  const status = (): DaemonStatus =>
    ({
      version: version(),
      pid: process.pid,
      startedAt,
      draining,
      executor: executor.status(),
      ...(schedules.status() as object),
      ...(watches.watches.status() as object),
      ...(watches.sensors && { sensors: watches.sensors.status() }),
      ...(forward && { forward: forward.status() }),
      ...(wemo && { wemo: wemo.status() }),
      ...(bridge && { bridge: bridge.status() }),
      ...(metrics && { metrics: metrics.status() }),
      ...(webhooks && { webhooks: webhooks.status() }),
      inCloud,
      troubles: troubles(),
    }) as DaemonStatus
  const troubles = () => [
    ...(draining ? ['it was told to end, and takes nothing more'] : []),
    ...parts.flatMap(part => part.troubles()),
  ]

  function listen(address: string) {
    return async () => {
      const told = daemonMetrics({ executor, watches, sensors: [...declared.sensors.keys()], status })
      const health = () => {
        const found = troubles()
        return { ok: found.length === 0, troubles: found }
      }
      const server = await serveMetrics({ listen: address, expose: told.expose, health })
      return { status: () => ({ at: server.address }), close: () => server.close() }
    }
  }

  async function openSocket() {
    const opened = await openControl(place.socket, () => status() as unknown as Json)
    return { status: () => ({}), close: () => opened.close() }
  }

  const close = async (some: readonly Part[]): Promise<void> => {
    const within = new AbortController()
    const late = clock.sleep(closeMs + drainMs, within.signal).then(
      () => say('some of it did not end in time, and is left'),
      () => {},
    )
    const closed = some.map(part =>
      part.close().catch((thrown: Error) => say(`it is not closed as it should be: ${thrown.message}`)),
    )
    await Promise.race([Promise.all(closed), late])
    within.abort(new Error('closed'))
  }

  // Nothing was opened so far.
  const alone = beTheOnlyDaemon(place)
  const started: Part[] = []
  try {
    for (const part of parts) {
      started.push(part)
      await part.start()
    }
  } catch (thrown) {
    for (const part of started.reverse()) await close([part])
    alone.release()
    throw thrown
  }

  return {
    status,
    async end() {
      draining = true
      // What starts something ends first.
      const starting = [schedules, wemo, webhooks, watches.sensors]
      await close(starting.filter(part => part !== undefined))
      await close([watches.watches, ...(forward ? [forward] : [])])
      const [left] = await Promise.all([executor.drain(drainMs), bridge?.drain()])
      if (left.length > 0) say(`left for the next start: ${left.join(', ')}`)
      await close([executor])
      // After the executor: what that is at is suspended, and does not lose its agents.
      if (bridge) await close([bridge])
      await close([...(metrics ? [metrics] : []), control])
      alone.release()
    },
  }
}
