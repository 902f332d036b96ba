import type * as z from 'zod'

/** What the messages of a kind of device are like: how they are read, and where they say when they were made. */
export interface Payload<T> {
  readonly payload: true
  readonly schema: z.ZodType<T>
  /** Where the time of the reading stands in the message. */
  readonly time?: TimeField | undefined
  readonly unit?: string | undefined
}

/** A time in a message: an ISO 8601 text, or seconds or milliseconds since the epoch. */
export interface TimeField {
  /** Such as `last_seen`, or `meta.time` for a part of a part. */
  readonly path: string
  /** What a time without a zone means; the local time of this machine when left out. */
  readonly zone?: 'local' | 'utc' | undefined
}

/** Whether a value says how messages are read. */
export function isPayload(value: unknown): value is Payload<unknown> {
  return typeof value === 'object' && value !== null && 'payload' in value && value.payload === true
}
