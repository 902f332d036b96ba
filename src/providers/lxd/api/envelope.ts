import * as z from 'zod'
import { explainIssues } from '../../../core/errors.ts'
import type { Reply } from './call.ts'
import { LxdError, type LxdTrouble, printable } from './errors.ts'
import { operationSchema, type ServerOperation } from './operation.ts'

const envelopeSchema = z.object({
  type: z.enum(['sync', 'async', 'error']),
  error: z.string().nullish(),
  error_code: z.int().nullish(),
  metadata: z.unknown().optional(),
})

/** An answer that says no error: what it carries, or the operation that goes on behind it. */
export type Answer =
  | { readonly type: 'sync'; readonly metadata: unknown; readonly etag: string | undefined }
  | { readonly type: 'async'; readonly operation: ServerOperation }

/** Understands an answer. Throws `LxdError` for the server's refusals and for what is no answer of LXD's. */
export function readAnswer(reply: Reply, doing: string): Answer {
  const envelope = parseAs(envelopeSchema, readJson(reply, doing), doing)
  if (envelope.type === 'async') {
    return { type: 'async', operation: parseAs(operationSchema, envelope.metadata, doing) }
  }
  if (envelope.type === 'error' || reply.status >= 400) {
    throw refusal(envelope.error_code || reply.status, envelope.error ?? '', doing)
  }
  return { type: 'sync', metadata: envelope.metadata, etag: reply.headers.etag }
}

/** Parses what a server sent. Throws `LxdError` (`malformed`), which names what doesn't fit. */
export function parseAs<T extends z.ZodType>(schema: T, value: unknown, doing: string): z.output<T> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new LxdError(
    'malformed',
    `the answer is not what LXD 5 or Incus sends: ${printable(explainIssues(parsed.error.issues))}`,
    { doing },
  )
}

function readJson({ status, body }: Reply, doing: string): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (cause) {
    const start = printable(body.subarray(0, 200).toString('utf8'), 100)
    throw new LxdError('malformed', `answered ${status} with what is no JSON: ${start}`, {
      doing,
      status,
      cause,
    })
  }
}

const kinds: Readonly<Record<number, LxdTrouble>> = {
  400: 'invalid',
  401: 'cancelled',
  403: 'forbidden',
  404: 'not-found',
  409: 'exists',
  412: 'changed',
}

const advice: Partial<Record<LxdTrouble, string>> = {
  forbidden:
    'trust our certificate on the server (lxc config trust add), or join the group that may use its socket',
  changed: 'it was changed meanwhile; read it again and repeat',
}

/** The error that a server's refusal, or an operation that failed, is told as. */
export function refusal(status: number, said: string, doing: string): LxdError {
  const kind = kindOf(status, said)
  const why = printable(said) || `the server answered ${status}`
  return new LxdError(kind, [why, advice[kind]].filter(Boolean).join('; '), { doing, status })
}

/** Failures of operations all come as 400 and those of the database as 500; then only the words tell them apart. */
function kindOf(status: number, said: string): LxdTrouble {
  if (/is busy running a /i.test(said)) return 'busy'
  if (/already exists/i.test(said)) return 'exists'
  if (/not found$/i.test(said) && !/command not found/i.test(said)) return 'not-found'
  return kinds[status] ?? (/^invalid/i.test(said) ? 'invalid' : 'failed')
}
