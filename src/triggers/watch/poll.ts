import { unlessAborted } from '../../core/aborted.ts'
import type { Flow } from '../../core/flow.ts'
import { findNotJson, type Json } from '../../core/json.ts'
import type { Clock } from '../../core/ports.ts'
import type { Reading } from '../../core/readings.ts'
import type { Polled, Watch } from '../../core/watch.ts'
import { type Board, polledName } from './board.ts'
import type { Recorder } from './recorder.ts'
import type { SteadyClock } from './steady.ts'

/** What asking needs. */
export interface PollPorts {
  readonly clock: Clock
  readonly steady: SteadyClock
  readonly board: Board
  readonly recorder?: Recorder | undefined
  askFlow(flow: Flow, input: Json, signal: AbortSignal): Promise<unknown>
}

/** Runs the flow of a watch again and again, and puts what it finds out on the board; at once where there is none. */
export async function askRepeatedly(watch: Watch, ports: PollPorts, stop: AbortSignal): Promise<void> {
  const { source } = watch
  if (source.kind !== 'poll') return
  const { clock, steady, board, recorder } = ports
  const name = polledName(watch.name)
  while (!stop.aborted) {
    const began = steady.now()
    const reading = await ask(source, ports, stop)
    if (stop.aborted) return
    board.put(name, name, reading)
    recorder?.record({ sensor: name, topic: name, keepSeconds: 1 }, reading, clock.now())
    // The next one is due at its time, and never while this one goes on.
    await clock.sleep(Math.max(1_000, source.everyMs - (steady.now() - began)), stop).catch(() => {})
  }
}

async function ask(source: Polled, { steady, askFlow }: PollPorts, stop: AbortSignal): Promise<Reading> {
  // What is asked for is of no use any more when it comes later than it is believed.
  const over = AbortSignal.any([stop, AbortSignal.timeout(Math.min(2 ** 31 - 1, source.maxAgeMs))])
  try {
    const value = source.value(await unlessAborted(askFlow(source.flow, source.input, over), over))
    const problem = value === undefined ? 'nothing' : findNotJson(value)?.found
    if (problem !== undefined) return failed(`its output says ${problem}, which is no value`)
    const at = steady.now()
    return { known: true, value: value as Json, at, until: at + source.maxAgeMs }
  } catch (thrown) {
    return failed(thrown instanceof Error ? thrown.message : String(thrown))
  }
}

function failed(why: string): Reading {
  return { known: false, reason: 'failed', why }
}
