import * as z from 'zod'

/** Milliseconds since the epoch. */
const time = z.number()
const count = z.number()

/**
 * What a bridge says of itself. A newer bridge may say more, and an older one less than is asked for here by `?`; what is
 * not known is left out, never guessed.
 */
export const bridgeStatusSchema = z.object({
  version: z.string(),
  startedAt: time,
  /** The bridge's public key. */
  key: z.string(),
  /** Where it listens, or the relay that it dials; `up` is whether anybody can come that way. */
  endpoints: z.array(z.object({ for: z.string(), at: z.string(), up: z.boolean() })),
  /** Jobs that are kept, by state. */
  jobs: z.record(z.string(), count),
  queue: z.object({ waiting: count, running: count, limit: count.optional() }),
  sessions: z.array(
    z.object({ name: z.string(), role: z.string(), since: time, from: z.string().optional() }),
  ),
  /** Every agent that has registered since the bridge began. */
  agents: z.array(
    z.object({
      host: z.string(),
      state: z.string(),
      version: z.string(),
      registeredAt: time,
      lastHeardAt: time,
      running: count,
      waiting: count,
      os: z.string().optional(),
    }),
  ),
  /** Answers that Step Functions does not have yet. */
  outbox: z.object({ waiting: count, oldestAt: time.optional() }).optional(),
  keyring: z.object({ live: count, tokens: count }),
  /** The head of the audit log: whoever writes it down sees later whether anything was cut off. */
  audit: z.object({ seq: count, hash: z.string(), waiting: count }),
  /** What is the matter, each as a sentence; nothing when all is well. */
  troubles: z.array(z.string()),
})

export type BridgeStatus = z.output<typeof bridgeStatusSchema>
