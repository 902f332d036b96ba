import type { Reading } from '../../../core/readings.ts'
import { type CloudReading, mostValueBytes, withinBytes } from '../../../core/watches/cloud/reading.ts'
import type { Pending } from './choose.ts'

/** Characters of a reason. */
const mostWhy = 500

/**
 * A reading as AWS is told. A value that is too large for that is unknown there, with that as its reason.
 *
 * @param at milliseconds since the epoch
 */
export function detailOf({ sensor, topic, reading }: Pending, at: number): CloudReading {
  return { v: 1, sensor, topic, at: Math.round(at), ...contentOf(reading) }
}

function contentOf(reading: Reading) {
  if (!reading.known) return { reason: reading.reason, why: reading.why.slice(0, mostWhy) }
  if (withinBytes(reading.value, mostValueBytes)) return { value: reading.value }
  return {
    reason: 'unparseable' as const,
    why: `the value has more than ${mostValueBytes} bytes, which is too much for AWS to be told`,
  }
}
