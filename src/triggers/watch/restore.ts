import type { Reading } from '../../core/readings.ts'
import type { Watch } from '../../core/watch.ts'
import type { SavedClock } from '../../core/watches/state.ts'
import { type Board, maxAgesOf } from './board.ts'
import type { Recorder } from './recorder.ts'

/**
 * Puts on the board what was kept of what watches look at, as old as it is: a sensor that speaks every ten minutes is known
 * at once, and a dwell is over at its deadline. Ages are counted by the clock as it was written down with the readings, so
 * that one that was set since makes nothing younger. A reading of after that is left out: it will be said again.
 */
export function restoreReadings(
  board: Board,
  watches: readonly Watch[],
  recorder: Recorder,
  saved: SavedClock | undefined,
): void {
  if (saved === undefined) return
  for (const [name, maxAgeMs] of new Map(watches.flatMap(watch => [...maxAgesOf(watch)])))
    for (const { topic, last } of recorder.series(name)) {
      const at = saved.steady - (saved.wall - last.at)
      if (last.value === undefined || at > saved.steady) continue
      const reading: Reading = { known: true, value: last.value, at, until: at + maxAgeMs }
      board.put(name, topic, reading)
    }
}
