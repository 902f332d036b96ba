import { createHmac, timingSafeEqual } from 'node:crypto'
import * as z from 'zod'
import type { Json } from '../../core/json.ts'

/** What was asked and waits for a yes. */
export interface Asked {
  readonly intent: string
  readonly input: Json
  /** When the words were said that a yes confirms; milliseconds since the epoch. */
  readonly at: number
}

/** How long a question stands, in milliseconds. Alexa listens for 8 seconds, twice. */
const questionMs = 60_000

/** Characters of what comes back; a question's input was spoken. */
const longest = 16_384

const sealedSchema = z.strictObject({
  intent: z.string(),
  input: z.json(),
  at: z.number(),
  session: z.string(),
})

/**
 * Puts a question into a text that travels through Alexa and back. It is signed together with the session in which it was
 * asked, so that nobody makes up a question, changes it, or answers that of somebody else.
 */
export function seal(asked: Asked, session: string, key: string): string {
  const text = Buffer.from(JSON.stringify({ ...asked, session })).toString('base64url')
  return `${text}.${signature(text, key)}`
}

/** The question in a text that came back: `forged` where it was not sealed for this session, `expired` where it is too old. */
export function unseal(
  sealed: string,
  { session, key, now }: { readonly session: string; readonly key: string; readonly now: number },
): Asked | 'forged' | 'expired' {
  const [text = '', mac = '', ...rest] = sealed.length > longest ? [] : sealed.split('.')
  const expected = Buffer.from(signature(text, key))
  const given = Buffer.from(mac)
  if (rest.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected))
    return 'forged'
  const parsed = sealedSchema.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString()))
  if (!parsed.success || parsed.data.session !== session) return 'forged'
  const { intent, input, at } = parsed.data
  if (now - at > questionMs) return 'expired'
  return { intent, input: input as Json, at }
}

function signature(text: string, key: string): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}
