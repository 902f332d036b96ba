import * as z from 'zod'
import type { Context } from '../context.ts'
import { explainIssues, UnexpectedData } from '../errors.ts'
import type { Json } from '../json.ts'
import type { Slices, Turn } from '../slices.ts'
import type { Definition } from '../step.ts'

const keptSchema = z.strictObject({
  results: z.record(
    z.string(),
    z.custom<object>(value => typeof value === 'object' && value !== null),
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
