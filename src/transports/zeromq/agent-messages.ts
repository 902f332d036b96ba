import * as z from 'zod'
import type { Json } from '../../core/json.ts'
import { failureCodes } from '../../core/outcome.ts'

/** The version of these messages; a peer of another one is refused by name. */
export const agentMessagesVersion = 1

/** The most that a message's JSON may hold besides its bytes; a session takes a MiB of both. */
export const longestParams = 512 * 1024

/** A value whose JSON is longer than this goes as a stream. */
export const longestValue = 256 * 1024

/** Lists and objects within each other; a reader that recurses must not be made to overflow. */
const deepest = 200

const id = z.string().min(1).max(100)
const offset = z.int().min(0)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const words = z.string().max(64 * 1024)
const short = z.string().max(300)
const anything = z.custom<Json>(value => value !== undefined && isShallow(value), 'is absent or too deep')

/** What an agent sends bytes on, call by call. `value` carries an answer that is too long for a message. */
export const outStreams = ['stdout', 'stderr', 'content', 'value'] as const

export type OutStream = (typeof outStreams)[number]

/** What an agent says to its bridge. */
export const fromAgent = z.discriminatedUnion('kind', [
  /** A stranger's first word: it wants to be the agent of this host, and shows the token that was made for that. */
  z.strictObject({
    kind: z.literal('enrol'),
    version: z.int(),
    host: z.string().min(1).max(253),
    token: z.string().min(1).max(200),
  }),
  z.strictObject({
    kind: z.literal('register'),
    version: z.int(),
    /** The release of the agent's own program. */
    agent: z.string().min(1).max(60),
    /** Names this life of the agent; another one remembers no call. */
    boot: id,
    facts: anything,
  }),
  z.strictObject({ kind: z.literal('beat'), running: z.int().min(0), waiting: z.int().min(0) }),
  /** A part of what a call says; its bytes go along. Offsets count from the stream's beginning. */
  z.strictObject({
    kind: z.literal('data'),
    id,
    stream: z.enum(outStreams),
    offset,
    end: z.boolean().optional(),
  }),
  /** So much of a call's input was taken. */
  z.strictObject({ kind: z.literal('ack'), id, offset }),
  /** The call needs its bundle, which comes as its input. */
  z.strictObject({ kind: z.literal('need'), id, sha256 }),
  /** The answer; with `streamed` it is the JSON that stream `value` carried, in so many bytes. */
  z.strictObject({
    kind: z.literal('result'),
    id,
    value: anything.optional(),
    streamed: z.int().min(0).optional(),
  }),
  z.strictObject({
    kind: z.literal('failed'),
    id,
    code: z.enum(failureCodes),
    message: words,
    detail: z.record(z.string(), anything),
  }),
])

export type FromAgent = z.output<typeof fromAgent>

/** What a bridge says to an agent. */
export const toAgent = z.discriminatedUnion('kind', [
  /** The key belongs to this host from now on; the token is used up. */
  z.strictObject({ kind: z.literal('enrolled'), host: short }),
  z.strictObject({
    kind: z.literal('refused'),
    error: z.enum(['token', 'stranger', 'version', 'replaced']),
    message: words,
  }),
  z.strictObject({ kind: z.literal('registered'), host: short, beatMs: z.int().min(10).max(3_600_000) }),
  z.strictObject({
    kind: z.literal('call'),
    id,
    name: z.string().min(1).max(60),
    params: anything,
    /** Milliseconds that are left for it. */
    timeout: z.number().min(0),
    /** It was sent before, to the life of the agent that this names: it must not begin a second time. */
    again: id.optional(),
  }),
  /** A part of a call's input; its bytes go along. */
  z.strictObject({ kind: z.literal('data'), id, offset, end: z.boolean().optional() }),
  z.strictObject({ kind: z.literal('ack'), id, stream: z.enum(outStreams), offset }),
  z.strictObject({ kind: z.literal('cancel'), id }),
  /** The answers of these calls have arrived, or nobody waits for them any more. */
  z.strictObject({ kind: z.literal('forget'), ids: z.array(id).max(1_000) }),
])

export type ToAgent = z.output<typeof toAgent>

/** Whether lists and objects stand in each other no deeper than a reader can follow. */
function isShallow(value: unknown): boolean {
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) return false
    level = level.flatMap(item => (typeof item === 'object' && item !== null ? Object.values(item) : []))
  }
  return true
}
