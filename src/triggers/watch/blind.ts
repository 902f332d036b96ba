import type { Reading } from '../../core/readings.ts'
import type { Sensor } from '../../core/sensor.ts'
import type { Watch } from '../../core/watch.ts'
import type { WatchState } from '../../core/watches/state.ts'
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
  if (blindFor <= patienceOf(watch)) return undefined
  return `watch ${watch.name} has known nothing for ${lengthText(blindFor)}, and does nothing until it does: ${reading.why}`
}

/** As long as what it looks at is believed, in milliseconds: who has said nothing for twice that is not merely late. */
function patienceOf({ source }: Watch): number {
  if (source.kind === 'poll') return source.maxAgeMs
  const sensors: readonly Sensor[] =
    source.kind === 'sensor' ? [source.sensor] : Object.values(source.sensors)
  return Math.max(...sensors.map(({ options }) => options.maxAgeSeconds * 1_000))
}
