import * as z from 'zod'
import type { Json } from '../../json.ts'
import type { ActionName, Code } from '../state.ts'
import { cloudReadingSchema } from './reading.ts'

const common = {
  /** The name of the watch. */
  watch: z.string().min(1).max(50),
  /** The name of the execution that asks, by which a look that it was promised is known again. */
  execution: z.string().min(1).max(300),
  /** How often this execution has looked again. */
  looks: z.int().min(0).max(10_000),
}

/** What the state machine of a watch asks the function that decides. */
export const watchRequestSchema = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('decide'),
    ...common,
    /** What came of a sensor. */
    reading: cloudReadingSchema.optional(),
    /** What came of the flow of a poll. Without either, it is only looked again. */
    asked: z
      .union([
        // There is an output where there is the field; `null` is one.
        z.strictObject({ output: z.custom<Json>(value => value !== undefined) }),
        z.strictObject({ failed: z.string().max(2_000) }),
      ])
      .optional(),
  }),
  z.strictObject({
    do: z.literal('settle'),
    ...common,
    /** The key of the action. */
    key: z.string().min(1).max(80),
    carried: z.enum(['started', 'failed']),
    problem: z.string().max(2_000).optional(),
  }),
])

export type WatchRequest = Readonly<z.output<typeof watchRequestSchema>>
export type DecideRequest = Extract<WatchRequest, { readonly do: 'decide' }>
export type SettleRequest = Extract<WatchRequest, { readonly do: 'settle' }>

/** What the state machine is to do next. At most one of `action` and `look` is there; without either it has come to its end. */
export interface WatchAnswer {
  /** What came of looking; only to `decide`. */
  readonly code?: Code
  /** Why nothing is known, or nothing can be done; at most 500 characters. */
  readonly why?: string
  /** A flow to start under this name, and to settle then; `input` is JSON. */
  readonly action?: { readonly key: string; readonly kind: ActionName; readonly input: string }
  /** When to decide again with no reading and one more look, as an ISO timestamp. It may have passed. */
  readonly look?: string
}
