import * as z from 'zod'
import type { Context } from './context.ts'
import { explainIssues, UnexpectedData } from './errors.ts'
import type { Json } from './json.ts'
import type { Result } from './operation/accounted.ts'
import type { Definition } from './step.ts'

/** How far the work on one item has come, over all slices. */
export interface Turn {
  /** Milliseconds since the epoch at which it began. */
  readonly began: number
  /** It began in an earlier slice. */
  readonly continued: boolean
  /** Another slice can go on with it when this one is over. */
  goesOn: boolean
  /** Its slice ended in the middle of it, and another one goes on. */
  paused: boolean
  /** When something was done or begun that later slices must know of, by the operation's own words. */
  readonly marks: Record<string, number>
  /** The fence of the lease that was left to whoever goes on. */
  fence?: number | undefined
}

/**
 * Work that goes on over several calls, each of which takes a slice of time. Items are known by keys that are the same
 * in every slice. Those that are settled are not worked on again.
 */
export interface Slices {
  /** Milliseconds since the epoch at which this slice ends. */
  readonly endsAt: number
  /** Nobody goes on after this slice: an enclosing `timeout` ends with it. */
  readonly last: boolean
  settled(key: string): Result<any> | undefined
  settle(key: string, result: Result<unknown>): void
  /** Begins the turn of an item, or goes on with it. */
  turn(key: string): Turn
  /** The turn of an item that has begun. */
  begun(key: string): Turn | undefined
  /** Another slice is needed, for this item at least. */
  pend(key: string): void
}

const keptSchema = z.strictObject({
  results: z.record(
    z.string(),
    z.custom<Result<unknown>>(value => typeof value === 'object' && value !== null),
  ),
  turns: z.record(
    z.string(),
    z.strictObject({
      began: z.number(),
      marks: z.record(z.string(), z.number()),
      fence: z.number().optional(),
    }),
  ),
})

/** What travels from one slice to the next. */
type Kept = z.output<typeof keptSchema>

const requestSchema = z.strictObject({
  before: z.custom<Json>(value => value !== undefined),
  kept: keptSchema.nullable(),
})

/** What one slice answers: `outcome` when it is done, and otherwise what the next one is given. */
export interface SliceAnswer {
  readonly done: boolean
  readonly outcome: unknown
  readonly kept: Kept | null
}

/**
 * The same operation by slices of so many seconds: it is given `{ before, kept }`, the data and what the slice before
 * answered, and answers `{ done, outcome, kept }`.
 */
export function bySlices({ handle }: Definition, seconds: number): Definition['handle'] {
  return async (data: unknown, args: unknown, context: Context): Promise<SliceAnswer> => {
    const parsed = requestSchema.safeParse(data)
    if (!parsed.success)
      throw new UnexpectedData(
        `${context.step} works by slices, and this is none: ${explainIssues(parsed.error.issues)}`,
      )
    const { before, kept } = parsed.data
    const { slices, isDone, keep } = openSlices(kept, seconds * 1_000, context)
    const outcome = await handle(before, args, { ...context, slices })
    return isDone() ? { done: true, outcome, kept: null } : { done: false, outcome: null, kept: keep() }
  }
}

function openSlices(kept: Kept | null, length: number, { clock, deadline }: Context) {
  const endsAt = Math.min(clock.now() + length, deadline ?? Number.POSITIVE_INFINITY)
  const results = new Map(Object.entries(kept?.results ?? {}))
  const turns = new Map<string, Turn>(
    Object.entries(kept?.turns ?? {}).map(([key, turn]) => [
      key,
      { ...turn, continued: true, goesOn: false, paused: false },
    ]),
  )
  const pending = new Set<string>()
  const slices: Slices = {
    endsAt,
    last: endsAt === deadline,
    settled: key => results.get(key),
    settle: (key, result) => {
      results.set(key, result)
      turns.delete(key)
    },
    turn: key => {
      const turn = turns.get(key) ?? {
        began: clock.now(),
        continued: false,
        goesOn: false,
        paused: false,
        marks: {},
      }
      turns.set(key, turn)
      return turn
    },
    begun: key => turns.get(key),
    pend: key => {
      pending.add(key)
    },
  }
  const keep = (): Kept => ({
    results: Object.fromEntries(results),
    turns: Object.fromEntries(
      [...turns].map(([key, { began, marks, fence }]) => [
        key,
        { began, marks, ...(fence === undefined ? {} : { fence }) },
      ]),
    ),
  })
  return { slices, isDone: () => pending.size === 0, keep }
}
