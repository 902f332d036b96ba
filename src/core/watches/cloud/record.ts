import * as z from 'zod'
import type { Json } from '../../json.ts'
import { actions, type KeptDecision, watchStateSchema } from '../state.ts'
import { reasons } from './reading.ts'

/** What could not be JSON would not have come out of it. */
const json = z.custom<Json>(value => value !== undefined)
/** Milliseconds since the epoch. */
const time = z.number()

/** The last reading of a topic, with what a board calls its source. `at` is what its sender said, which orders readings. */
const of = { source: z.string(), topic: z.string(), at: time }
const keptReadingSchema = z.union([
  // Since `seen` it ages: when it was measured, and no later than when it came.
  z.strictObject({ ...of, seen: time, value: json }),
  z.strictObject({ ...of, reason: z.enum(reasons), why: z.string() }),
])

/**
 * All that a watch in the cloud remembers. Its clock is the wall clock of the functions, so all times are milliseconds since
 * the epoch.
 */
export const cloudRecordSchema = z.strictObject({
  v: z.literal(1),
  state: watchStateSchema,
  readings: z.array(keptReadingSchema),
  /** What was decided to be done and of which nothing more is known, oldest first. */
  unsettled: z.array(z.strictObject({ at: time, key: z.string(), kind: z.enum(actions), input: json })),
  /** Actions that failed or lapsed a short while ago: somebody else may yet say that they were started. */
  given: z.array(z.strictObject({ at: time, key: z.string() })),
  /** When the passing of time alone may change something. */
  due: time.optional(),
  /** Which executions wait for which moments. */
  looks: z.array(z.strictObject({ at: time, by: z.string() })),
  /** When it was last told of what it only says. */
  toldAt: time,
  /** What keeps it from acting as it should, such as an input that can't be made. */
  trouble: z.string().optional(),
})

export type CloudRecord = Readonly<z.output<typeof cloudRecordSchema>>
export type KeptCloudReading = z.output<typeof keptReadingSchema>

/** A record as it was read, and what a write of its successor has to name. */
export interface Revised {
  /** Undefined where it can't be read, and `unreadable` says why. */
  readonly record?: CloudRecord | undefined
  readonly unreadable?: string | undefined
  readonly revision: string
}

/** How an action came out. `at` is when it was decided. */
export interface Settled {
  readonly at: number
  readonly key: string
  readonly carried: 'started' | 'failed' | 'lapsed'
  readonly problem?: string | undefined
}

/** Keeps what watches in the cloud remember and decide. */
export interface CloudWatchStore {
  /** What a watch remembers; undefined where it has seen nothing. */
  read(watch: string): Promise<Revised | undefined>
  /**
   * Writes all of it or nothing: what is remembered, what was decided, and what became of actions. `conflict` where somebody
   * wrote since `revision` was read; undefined says that there was nothing.
   */
  write(
    watch: string,
    record: CloudRecord,
    revision: string | undefined,
    log?: { readonly decision?: KeptDecision | undefined; readonly settled?: readonly Settled[] | undefined },
  ): Promise<'done' | 'conflict'>
  /** Newest first. Times are milliseconds since the epoch. */
  decisions(
    watch: string,
    filter?: {
      readonly since?: number | undefined
      readonly limit?: number | undefined
      readonly acted?: boolean | undefined
    },
  ): Promise<readonly KeptDecision[]>
  close(): void
}
