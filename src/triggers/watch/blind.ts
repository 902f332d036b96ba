import type { Reading } from '../../core/readings.ts'
import type { Watch } from '../../core/watch.ts'
import type { WatchState } from '../../core/watches/state.ts'
import { maxAgesOf } from './board.ts'
import { lengthText } from './length.ts'

/**
 * Why a watch guards nothing: it has known nothing for longer than what it looks at may be silent. Nothing where it knows
 * something, or has not waited for so long. A sensor that is dead would otherwise look like a closet that is cool.
 */
export function blindness(
  watch: Watch,
  { unknownSince }: WatchState,
  reading: Reading,
  now: number,
): string | undefined {
  if (reading.known || unknownSince === undefined) return undefined
  const blindFor = now - unknownSince
  // Who has said nothing for twice as long as it is believed is not merely late.
  if (blindFor <= Math.max(...maxAgesOf(watch).values())) return undefined
  return `watch ${watch.name} has known nothing for ${lengthText(blindFor)}, and does nothing until it does: ${reading.why}`
}
