import * as z from 'zod'
import type { Json } from '../../json.ts'
import type { UnknownReason } from '../../readings.ts'

/** How events that carry a reading are told from others on the bus. */
export const readingEvent = { source: 're-ops', type: 'Sensor Reading' } as const

/** Bytes of JSON that a value of a sensor may have in the cloud. */
export const mostValueBytes = 4 * 1024

/** Why nothing is known. */
export const reasons = [
  'absent',
  'stale',
  'unparseable',
  'ageless',
  'failed',
] as const satisfies UnknownReason[]

const common = {
  v: z.literal(1),
  /** The sensor's name. */
  sensor: z.string().min(1).max(200),
  topic: z.string().min(1).max(1_024),
  /** When it was measured, in milliseconds since the epoch; of two with the same time of a topic the second is left out. */
  at: z.number().min(0).max(8.64e15),
}

/** A reading as it travels to the cloud: its value, or why there is none. It comes from a network. */
export const cloudReadingSchema = z.union([
  z.strictObject({
    ...common,
    value: z.custom<Json>(
      value => value !== undefined && withinBytes(value, mostValueBytes),
      `it is a value of at most ${mostValueBytes} bytes of JSON`,
    ),
  }),
  z.strictObject({ ...common, reason: z.enum(reasons), why: z.string().max(500) }),
])

export type CloudReading = Readonly<z.output<typeof cloudReadingSchema>>

/** Whether a value has at most so many bytes as JSON. What is nested too deeply to be written has more than any number. */
export function withinBytes(value: unknown, most: number): boolean {
  try {
    return Buffer.byteLength(JSON.stringify(value)) <= most
  } catch {
    return false
  }
}
