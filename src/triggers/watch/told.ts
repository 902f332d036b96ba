import type { Json } from '../../core/json.ts'
import type { Reading } from '../../core/readings.ts'

/** What is told of a value is not more than this, in characters of JSON. */
const mostToldLength = 2_000

/** What a decision tells of its reading: the value, or why there is none; `why` where it could not be judged. */
export function toldOf(
  reading: Reading,
  why: string | undefined,
): { readonly value?: Json; readonly why?: string } {
  if (!reading.known) return { why: reading.why }
  const text = JSON.stringify(reading.value)
  const value = text.length <= mostToldLength ? reading.value : `${text.slice(0, mostToldLength)}…`
  return { value, ...(why === undefined ? {} : { why }) }
}
