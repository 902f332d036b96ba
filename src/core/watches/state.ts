import * as z from 'zod'
import type { Json } from '../json.ts'

/** What a watch does: its flow, or the flow of `onClear`. */
export const actions = ['flow', 'onClear'] as const
export type ActionName = (typeof actions)[number]

/**
 * What came of looking at a reading.
 *
 * | code | |
 * |---|---|
 * | `calm` | what is watched for does not hold |
 * | `waiting` | it holds, and has not held for long enough |
 * | `broken` | it stopped holding before it had held for long enough |
 * | `act`, `reverse` | something is done, now |
 * | `standing` | it holds, and what there was to do is done |
 * | `between` | it has been held, holds no more, and has not cleared |
 * | `cleared` | it has cleared |
 * | `cooling`, `spent` | there is something to do, and the cool-down or the budget holds it back |
 * | `unknown` | nobody knows |
 */
export const codes = [
  'calm',
  'waiting',
  'broken',
  'act',
  'reverse',
  'standing',
  'between',
  'cleared',
  'cooling',
  'spent',
  'unknown',
] as const
export type Code = (typeof codes)[number]

const time = z.number()

/**
 * What a watch remembers: all that its next decision depends on besides the reading. Times are milliseconds of the steady
 * clock of its keeper, but for `begun`.
 */
export const watchStateSchema = z.strictObject({
  /** When it was first watched, in milliseconds since the epoch: names of its executions have it, so that they are never those of a state that was lost. */
  begun: z.number(),
  /** When it was last decided. */
  now: time,
  phase: z.enum(['calm', 'pending', 'active']),
  /** Since when the phase has been this. */
  since: time,
  /** While it is pending: how long it has been known to hold until `at`, and until when the last reading vouches for it. */
  dwell: z.strictObject({ held: z.number().min(0), at: time, until: time }).optional(),
  /** While it is active: whether the flow of this time is still to be started. */
  owed: z.boolean(),
  /** What was done last. */
  stands: z.enum(actions).optional(),
  cooldownUntil: time,
  /** When something was done, within the time of the budget; oldest first. */
  actions: z.array(time).max(10_000),
  /** How often something was done, ever. */
  sequence: z.int().min(0),
  /** What was said last. */
  said: z.enum(codes),
  /** Since when nothing is known. */
  unknownSince: time.optional(),
})

export type WatchState = Readonly<z.output<typeof watchStateSchema>>

/** Where an action stands: it is journalled as `decided`, and what became of it is added. */
export type Carried = 'decided' | 'started' | 'failed' | 'lapsed'

/** A decision as it is kept. `at` is milliseconds since the epoch. */
export interface KeptDecision {
  readonly watch: string
  readonly at: number
  readonly code: Code
  /** What was read: its value, or why there was none. */
  readonly value?: Json | undefined
  readonly why?: string | undefined
  /** Where something was done. */
  readonly action?: KeptAction | undefined
}

/** Something that was decided to be done, under the name of its execution, which is its key: it is done once. */
export interface KeptAction {
  readonly key: string
  readonly kind: ActionName
  readonly input: Json
  readonly carried: Carried
  /** Why it failed or lapsed. */
  readonly problem?: string | undefined
}

/** The keeper's clock as it stood, so that the next process goes on where this one was. */
export interface SavedClock {
  readonly steady: number
  readonly wall: number
  readonly monotonic: number
  /** The start of the machine by which `monotonic` counts. */
  readonly boot: string
}

/** Keeps what watches remember and decide. What reads answers at once. */
export interface WatchStore {
  state(watch: string): WatchState | undefined
  /** Resolves once both are written, in one transaction: nobody acts on what is not written. */
  save(watch: string, state: WatchState, decision?: KeptDecision): Promise<void>
  /** Says what became of an action. */
  settle(
    key: string,
    how: { readonly carried: Carried; readonly problem?: string | undefined },
  ): Promise<void>
  /** Actions that were decided and of which nothing more is known, oldest first. */
  unsettled(): readonly KeptDecision[]
  /** Newest first. */
  decisions(filter: {
    readonly watch?: string | undefined
    readonly since?: number | undefined
    readonly acted?: boolean | undefined
    readonly limit?: number | undefined
  }): readonly KeptDecision[]
  clock(): SavedClock | undefined
  saveClock(clock: SavedClock): Promise<void>
  /** Removes decisions from before then, and of each watch the oldest beyond so many; those without an end stay. */
  prune(before: number, perWatch: number): Promise<number>
  close(): Promise<void>
}
