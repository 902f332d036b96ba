import * as z from 'zod'
import { usualPriority } from '../../core/jobs.ts'
import { taskRequestSchema } from '../../core/task.ts'

/** The version of these messages; a peer of another one is refused by name. */
export const messagesVersion = 1

/** Bytes of one chunk of kept data. */
export const chunkBytes = 256 * 1024

/** Events of one message of progress. */
export const mostProgressEvents = 1_000

const jobId = z.string().min(1).max(300)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const offset = z.int().min(0)
const anything = z.custom<import('../../core/json.ts').Json>(value => value !== undefined)
/** Correlates a question with its answer on one session. */
const nonce = z.int().min(0)

/** What submitters and readers say to a bridge. */
export const toBridge = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('submit'),
    id: jobId,
    request: taskRequestSchema,
    priority: z.int().min(0).max(9).default(usualPriority),
    /** Milliseconds since the epoch. */
    deadline: z.number().positive().optional(),
  }),
  z.strictObject({ kind: z.literal('cancel'), id: jobId, reason: z.string().max(1_000).optional() }),
  /** Which of these does the bridge not have yet? */
  z.strictObject({ kind: z.literal('have'), nonce, keys: z.array(sha256).max(1_000) }),
  /** A chunk of kept data; its bytes go along. */
  z.strictObject({ kind: z.literal('put'), nonce, key: sha256, offset, total: z.int().min(0) }),
  /** Asks for a chunk of kept data. */
  z.strictObject({ kind: z.literal('get'), nonce, key: sha256, offset }),
  z.strictObject({ kind: z.literal('status'), nonce }),
])

export type ToBridge = z.output<typeof toBridge>

const failure = { error: z.string().max(300), cause: z.string().max(64 * 1024) }

/** What a bridge says to submitters and readers. */
export const fromBridge = z.discriminatedUnion('kind', [
  /** Journalled: it will be answered, here or on a later session. */
  z.strictObject({ kind: z.literal('accepted'), id: jobId, state: z.string() }),
  /** Not taken: as much waits as the bridge takes. */
  z.strictObject({ kind: z.literal('busy'), id: jobId, retryAfterMs: z.number(), why: z.string() }),
  /** Not taken, and not taken later either. */
  z.strictObject({ kind: z.literal('refused'), id: jobId.optional(), ...failure }),
  /** What a step says of itself, put together for a moment: each message costs more than what it says. */
  z.strictObject({
    kind: z.literal('progress'),
    id: jobId,
    events: z.array(anything).max(mostProgressEvents),
  }),
  z.strictObject({ kind: z.literal('heartbeat'), ids: z.array(jobId).max(10_000) }),
  z.strictObject({ kind: z.literal('answer'), id: jobId, output: anything }),
  z.strictObject({ kind: z.literal('failed'), id: jobId, state: z.string(), ...failure }),
  z.strictObject({ kind: z.literal('missing'), nonce, keys: z.array(sha256).max(1_000) }),
  z.strictObject({ kind: z.literal('put-ok'), nonce, have: z.int().min(0) }),
  /** The bytes go along. */
  z.strictObject({ kind: z.literal('chunk'), nonce, total: z.int().min(0) }),
  z.strictObject({ kind: z.literal('error'), nonce, ...failure }),
  z.strictObject({ kind: z.literal('status'), nonce, status: anything }),
])

export type FromBridge = z.output<typeof fromBridge>
