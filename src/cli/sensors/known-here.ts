import type { Reading } from '../../core/readings.ts'
import { sensorsOf, type Watch } from '../../core/watch.ts'
import type { KeptDecision, WatchState } from '../../core/watches/state.ts'
import type { KeptTriggers } from '../../run/open-readings.ts'
import { createBoard, polledName } from '../../triggers/watch/board.ts'
import { newState } from '../../triggers/watch/decide.ts'
import { type SteadyClock, steadyClock, systemTime } from '../../triggers/watch/steady.ts'

/** What is kept of a watch, wherever that is. */
export interface KnownOfWatch {
  /** Absent where it has seen nothing. */
  readonly state: WatchState | undefined
  /** What an explanation is made of: the state or that of the first moment, what is known, and when that is. */
  readonly situation: {
    readonly state: WatchState
    readonly reading: Reading
    readonly now: number
    readonly wall: number
    readonly last: KeptDecision | undefined
  }
  /** Newest first. */
  readonly decisions: readonly KeptDecision[]
  /** What is to be said before all else, each as a sentence. */
  readonly notes: readonly string[]
}

/** What a daemon has kept of a watch in the state folder. */
export function knownHere(watch: Watch, kept: KeptTriggers | undefined, limit: number): KnownOfWatch {
  const wall = Date.now()
  const steady = steadyClock(systemTime(), kept?.watches.clock())
  const now = steady.now()
  const state = kept?.watches.state(watch.name)
  const [last] = kept?.watches.decisions({ watch: watch.name, acted: true, limit: 1 }) ?? []
  const reading = kept === undefined ? nothing : lastReading(watch, kept, steady, wall)
  return {
    state,
    situation: { state: state ?? newState(wall, now), reading, now, wall, last },
    decisions: kept?.watches.decisions({ watch: watch.name, limit }) ?? [],
    notes: state === undefined ? ['It was never watched; reops up keeps watches.'] : [],
  }
}

const nothing: Reading = { known: false, reason: 'absent', why: 'nothing came yet' }

/** What is known by the readings that are kept. The daemon may know something that is newer by as long as they are kept apart. */
function lastReading(watch: Watch, { readings }: KeptTriggers, steady: SteadyClock, wall: number): Reading {
  const board = createBoard()
  const { source } = watch
  const put = (name: string, maxAgeMs: number) => {
    for (const { topic, last } of readings.series(name)) {
      const at = steady.now() - (wall - last.at)
      board.put(
        name,
        topic,
        last.value === undefined
          ? { known: false, reason: 'unparseable', why: last.why ?? 'unknown' }
          : { known: true, value: last.value, at, until: at + maxAgeMs },
      )
    }
  }
  if (source.kind === 'poll') put(polledName(watch.name), source.maxAgeMs)
  else
    for (const sensor of sensorsOf(source))
      put(sensor.name, (sensor.options.maxAgeSeconds + sensor.options.keepSeconds) * 1_000)
  return board.seenBy(watch, steady.now())
}
