import { createHash } from 'node:crypto'
import * as z from 'zod'

const longest = 300

const short = z.string().max(longest)

/**
 * What somebody did or wanted. There is no place in it for arguments, answers or causes, which may hold secrets: an
 * operation is named, and its data has a size.
 */
const auditEventSchema = z.strictObject({
  /** The name of a key; a host's for an agent; `bridge` for what the bridge does by itself. */
  who: short,
  role: short.optional(),
  /** What was done or wanted, as one word or two: `submit`, `cancel`, `enrol`, `revoked`. */
  what: short,
  /** The job's id. */
  job: short.optional(),
  operation: short.optional(),
  /** Bytes of the arguments, or of the answer. */
  bytes: z.int().min(0).optional(),
  /** How it ended: `accepted`, `refused`, `succeeded`, `failed`, … */
  outcome: short.optional(),
  /** The name of an error, such as `States.Timeout`; never what it says. */
  error: short.optional(),
  /** Our own words for why; never what somebody sent. */
  why: short.optional(),
  /** From where, such as `tcp://10.0.0.7:41952`. */
  from: short.optional(),
  /** Of how many this speaks, where it is not one. */
  count: z.int().min(0).optional(),
})

export type AuditEvent = z.output<typeof auditEventSchema>

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

const entrySchema = z.strictObject({
  seq: z.int().min(1),
  /** ISO 8601. */
  time: z.string().max(40),
  ...auditEventSchema.shape,
  /** The hash of the entry before. */
  prev: sha256,
  hash: sha256,
})

/** A line of the log. */
export type AuditEntry = z.output<typeof entrySchema>

/** The end of a chain: whoever remembers it sees later whether anything before it was changed or cut off. */
export interface AuditHead {
  readonly seq: number
  readonly hash: string
}

/** What the first entry stands on. */
export const beginning: AuditHead = { seq: 0, hash: '0'.repeat(64) }

const hashField = ',"hash":"'
/** Bytes from the comma before the hash to the brace behind it. */
const tailLength = hashField.length + 64 + 2

/**
 * An event as the next line of a chain. The hash is SHA-256 over the line's own bytes without their hash, so that there is
 * one way of writing an entry and no two lines are the same entry.
 */
export function chain(event: AuditEvent, before: AuditHead, time: number): { line: string; head: AuditHead } {
  const seq = before.seq + 1
  const body = JSON.stringify({
    seq,
    time: new Date(time).toISOString(),
    ...bounded(event),
    prev: before.hash,
  })
  const hash = hashOf(body)
  return { line: `${body.slice(0, -1)}${hashField}${hash}"}\n`, head: { seq, hash } }
}

/** Reads a line, without its end. Answers nothing when any byte of it is not as it was written. */
export function readLine(line: Buffer): AuditEntry | undefined {
  const cut = line.length - tailLength
  if (cut < 1) return undefined
  const tail = line.toString('latin1', cut)
  if (!/^,"hash":"[0-9a-f]{64}"\}$/.test(tail)) return undefined
  const hash = tail.slice(hashField.length, -2)
  const body = Buffer.concat([line.subarray(0, cut), Buffer.from('}')])
  if (hashOf(body) !== hash) return undefined
  const parsed = entrySchema.safeParse(parseJson(line.toString('utf8')))
  return parsed.success ? parsed.data : undefined
}

/** Long names are cut: what is written must be readable again, whatever somebody called themselves. */
function bounded(event: AuditEvent): Record<string, unknown> {
  const fields = Object.keys(auditEventSchema.shape) as (keyof AuditEvent)[]
  return Object.fromEntries(
    fields.flatMap((name): [string, string | number][] => {
      const value = event[name]
      if (typeof value === 'string') return [[name, value.slice(0, longest).toWellFormed()]]
      return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? [[name, value]] : []
    }),
  )
}

function hashOf(body: string | Buffer): string {
  return createHash('sha256').update(body).digest('hex')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
