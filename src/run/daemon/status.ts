import * as z from 'zod'

/** ISO 8601. */
const time = z.string()
const count = z.number()

const schedule = z.object({
  name: z.string(),
  flow: z.string(),
  when: z.string(),
  timezone: z.string(),
  enabled: z.boolean(),
  next: time.optional(),
  last: z
    .object({
      due: time,
      code: z.string(),
      count,
      execution: z.string().optional(),
      carried: z.string().optional(),
      problem: z.string().optional(),
    })
    .optional(),
})

const watch = z.object({
  name: z.string(),
  phase: z.string(),
  said: z.string(),
  because: z.unknown().optional(),
  last: z.object({ key: z.string(), at: time, carried: z.string() }).optional(),
})

/** A part that may not be open yet. */
const healing = { up: z.boolean(), problem: z.string().optional() }

/**
 * What a daemon says of itself. A newer one may say more, and an older one less than is asked for here by `?`; what is not
 * known is left out, never guessed.
 */
export const daemonStatusSchema = z.object({
  version: z.string(),
  pid: z.number(),
  startedAt: time,
  /** It was told to end, and takes nothing more. */
  draining: z.boolean(),
  executor: z.object({ running: z.array(z.string()), count, succeeded: count, failed: count }),
  schedules: z.array(schedule),
  watches: z.array(watch),
  sensors: z
    .object({
      ...healing,
      url: z.string().optional(),
      connected: z.boolean().optional(),
      since: time.optional(),
      /** By what became of them: `received`, `overtaken`, `dropped`. */
      messages: z.record(z.string(), count).optional(),
    })
    .optional(),
  /** Readings that AWS is told, for the watches that it keeps. */
  forward: z
    .object({
      bus: z.string(),
      sensors: count,
      topics: count,
      forwarded: count,
      /** Of so many topics AWS does not know yet what it should. */
      waiting: count,
      /** Tries that did not bring a reading there. */
      failed: count,
      /** Topics beyond those that it is told of. */
      leftOut: count,
      last: time.optional(),
      problem: z.string().optional(),
    })
    .optional(),
  wemo: z
    .object({
      devices: z.array(z.object({ name: z.string(), port: count.optional(), started: count, failed: count })),
      searchPort: count.optional(),
      searches: z.record(z.string(), count),
      /** What may not be as it is meant, each as a sentence; nothing is the matter. */
      notices: z.array(z.string()).optional(),
    })
    .optional(),
  bridge: z.object(healing).optional(),
  metrics: z.object({ ...healing, at: z.string().optional() }).optional(),
  webhooks: z
    .object({ ...healing, at: z.string().optional(), paths: z.array(z.string()).optional() })
    .optional(),
  /** Schedules, watches and webhooks that AWS keeps and this daemon does not. */
  inCloud: z.array(z.string()).optional(),
  /** What is the matter, each as a sentence; nothing when all is well. */
  troubles: z.array(z.string()),
})

export type DaemonStatus = z.output<typeof daemonStatusSchema>
