import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Webhook } from '../../core/webhook.ts'
import type { HookHeaders } from './request.ts'

/** A sender's clock may be so far from ours, in seconds; what is older is sent again by somebody else. */
const toleranceSeconds = 300

/** Why a request is not believed. It is for our own log: senders are told nothing. */
export type Doubt = 'unsigned' | 'stale' | 'forged'

/** What is doubted of a request without knowing any secret: it brings no proof, or one that is too old. */
export function doubtClaim(
  kind: Webhook['proof']['kind'],
  headers: HookHeaders,
  now: number,
): Exclude<Doubt, 'forged'> | undefined {
  if (kind === 'bearer') return wordIn(headers) === undefined ? 'unsigned' : undefined
  const claim = claimIn(headers)
  if (claim === undefined) return 'unsigned'
  return Math.abs(now / 1_000 - Number(claim.timestamp)) > toleranceSeconds ? 'stale' : undefined
}

/**
 * Whether a request was signed by whoever has the secret, and just now, as Standard Webhooks writes it: `webhook-signature` is
 * `v1,` and the HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>` in base64, several with spaces between while secrets
 * are changed. The id is signed, too, so that nobody repeats a request under another.
 */
export function doubtSignature(
  headers: HookHeaders,
  body: Uint8Array,
  secret: string,
  now: number,
): Doubt | undefined {
  const doubt = doubtClaim('signature', headers, now)
  if (doubt !== undefined) return doubt
  const { id, timestamp, signature } = claimIn(headers)!
  const key = keyOf(secret)
  // Everybody knows the empty key.
  if (key.length === 0) return 'forged'
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest()
  const found = signature
    .split(' ')
    .slice(0, 10)
    .some(one => one.startsWith('v1,') && same(Buffer.from(one.slice(3), 'base64'), expected))
  return found ? undefined : 'forged'
}

/** Whether a request brings the word that it is to bring. */
export function doubtBearer(headers: HookHeaders, secret: string): Doubt | undefined {
  const word = wordIn(headers)
  if (word === undefined) return 'unsigned'
  return same(Buffer.from(word), Buffer.from(secret)) ? undefined : 'forged'
}

function claimIn(headers: HookHeaders) {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signature !== 'string')
    return undefined
  return /^\d{1,12}$/.test(timestamp) ? { id, timestamp, signature } : undefined
}

function wordIn({ authorization }: HookHeaders): string | undefined {
  return typeof authorization === 'string' ? /^Bearer +(\S+)$/i.exec(authorization)?.[1] : undefined
}

/** Compares in a time that tells nothing of either, of any length. */
function same(one: Uint8Array, other: Uint8Array): boolean {
  const [a, b] = [one, other].map(bytes => createHash('sha256').update(bytes).digest())
  return timingSafeEqual(a!, b!)
}

/** Standard Webhooks writes keys as `whsec_` and base64; any other text is the key itself. */
function keyOf(secret: string): Buffer {
  return secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret)
}
