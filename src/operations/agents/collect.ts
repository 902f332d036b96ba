import * as z from 'zod'
import type { Duration } from '../../core/duration.ts'
import { hostOperation } from '../../core/operation/host-operation.ts'
import type { OrRef } from '../../core/ref.ts'
import { duration } from '../remote/arguments.ts'
import { type AgentOptions, agentOptions, byAgent } from './options.ts'
import { readAnswer } from './read-answer.ts'
import { collectedSchema, collectSchema } from './schemas.ts'

const name = z
  .string()
  .regex(/^[A-Za-z][\w.-]{0,59}$/, 'a collection has a name of letters, digits, dots, dashes and underscores')

/** How a collection is kept. */
export interface CollectOptions extends AgentOptions {
  /** Readings that are kept at most, the newest ones; 720 when left out, which is an hour of one in five seconds. */
  readonly keep?: OrRef<number> | undefined
}

/** What is done with a collection when it is read. */
export interface CollectedOptions extends AgentOptions {
  /** Empties it, so that the next time only what is new is read. */
  readonly clear?: OrRef<boolean> | undefined
}

/**
 * Lets every agent take `stats` so often, by itself and whether a bridge is there or not, under a name by which
 * `collected` reads them. The same again goes on with what is there; `every` of 0 ends it. It ends with the agent too.
 *
 * @example
 * await run(pipe(collect(closet, 'night', '10s', { keep: 3000 }), pretty()))
 */
export const collect = hostOperation({
  name: 'collect',
  effect: 'idempotent',
  schema: z.strictObject({
    name,
    every: z.union([z.literal(0), duration]),
    options: z.strictObject({ ...agentOptions, keep: z.int().min(1).max(5_000).optional() }).prefault({}),
  }),
  args: (name: string, every: Duration, options: CollectOptions = {}) => ({ name, every, options }),
  describe: args => `collect ${args.name}`,
  ...byAgent,
  each: async (host, { name, every, options: { keep } }) =>
    readAnswer(
      collectSchema,
      await host.call('collect', { name, every: every * 1_000, ...(keep === undefined ? {} : { keep }) }),
    ),
})

/**
 * Reads what the agents have collected under a name, in one call. A host that collects nothing under it fails with code
 * `refused`.
 *
 * @example
 * await run(pipe(collected(closet, 'night', { clear: true }), map(({ readings }) => readings.length), pretty()))
 */
export const collected = hostOperation({
  name: 'collected',
  effect: 'change',
  schema: z.strictObject({
    name,
    options: z.strictObject({ ...agentOptions, clear: z.boolean().default(false) }).prefault({}),
  }),
  args: (name: string, options: CollectedOptions = {}) => ({ name, options }),
  describe: args => `collected ${args.name}`,
  ...byAgent,
  each: async (host, { name, options: { clear } }) =>
    readAnswer(collectedSchema, await host.call('collected', { name, clear })),
})
