import type { Flow } from '../../core/flow.ts'
import type { Json } from '../../core/json.ts'
import type { Clock } from '../../core/ports.ts'
import type { KeptFiring, KeptStart, ScheduleStore } from '../../core/schedule/kept.ts'
import type { Schedule } from '../../core/schedule.ts'

/** What can be started, and who hears of trouble. */
export interface StartPorts {
  readonly clock: Clock
  readonly store: ScheduleStore
  /** A flow by its name, where it is still there. */
  flowOf(name: string): Flow | undefined
  /** Starts a flow under a name, once: where an execution of that name is there, it does nothing. */
  startFlow(flow: Flow, input: Json, options: { readonly name: string }): Promise<unknown>
  notice(text: string): void
}

/** How long is waited after the first try, and at most, in milliseconds; each time twice as long, with jitter. */
const firstPauseMs = 500
const longestPauseMs = 60_000

/**
 * Starts what was decided, once that is written down. However often this is done, by this process or the next: the flow is
 * started under the same name, and so once. What came of it is written down, too.
 */
export async function carryOut(
  ports: StartPorts,
  schedule: Schedule | undefined,
  { schedule: name, at, start }: KeptFiring,
  stop: AbortSignal,
): Promise<void> {
  const { clock, notice } = ports
  const { key, flow: flowName, input } = start!
  const flow = ports.flowOf(flowName)
  if (schedule === undefined) return settle(ports, key, 'lapsed', `there is no schedule ${name} any more`)
  if (flow === undefined) return settle(ports, key, 'lapsed', `there is no flow ${flowName} any more`)
  const { attempts, maxAgeSeconds } = schedule.options.retry
  for (let tried = 0; ; tried++) {
    if (clock.now() - at > maxAgeSeconds * 1_000)
      return settle(ports, key, 'lapsed', `it was decided more than ${maxAgeSeconds} seconds ago`)
    try {
      await ports.startFlow(flow, input, { name: key })
      return settle(ports, key, 'started')
    } catch (thrown) {
      const problem = thrown instanceof Error ? thrown.message : String(thrown)
      // It stays decided: the next process starts it.
      if (stop.aborted) return
      if (tried >= attempts) return settle(ports, key, 'failed', problem)
      if (tried === 0) notice(`schedule ${name}: ${key} is not started yet: ${problem}`)
      const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** tried)
      await clock.sleep(pause * (0.5 + Math.random() / 2), stop).catch(() => {})
      if (stop.aborted) return
    }
  }
}

async function settle(
  { store, notice }: StartPorts,
  key: string,
  carried: KeptStart['carried'],
  problem?: string,
): Promise<void> {
  if (problem !== undefined)
    notice(`${key} ${carried === 'failed' ? 'could not be started' : 'is not started'}: ${problem}`)
  // What is not written stays decided, and its flow is asked for again under its name.
  await store.settle(key, { carried, problem }).catch((thrown: Error) => {
    notice(`what became of ${key} is not written: ${thrown.message}`)
  })
}
