import type { IncomingMessage } from 'node:http'
import { ImageNotFetched } from './not-fetched.ts'

/** What a server's answer is to a download that has `have` bytes. */
export type Answer =
  /** The whole, from its first byte on. */
  | { readonly kind: 'whole'; readonly total: number | undefined }
  /** The rest, from `have` on. */
  | { readonly kind: 'rest'; readonly total: number | undefined }
  /** The file that is here is still the server's. */
  | { readonly kind: 'unchanged' }
  /** What is here does not fit: start again. */
  | { readonly kind: 'stale' }
  /** It may work later; `afterMs` is when the server wants to be asked again. */
  | { readonly kind: 'later'; readonly status: number; readonly afterMs: number | undefined }

const later = new Set([408, 425, 429, 500, 502, 503, 504])

/** Reads an answer's status and headers. Throws `ImageNotFetched` for one that asking again will not change. */
export function readAnswer(what: string, response: IncomingMessage, have: number): Answer {
  const status = response.statusCode ?? 0
  const { headers } = response
  if (status === 200) return { kind: 'whole', total: count(headers['content-length']) }
  if (status === 206) return rest(headers['content-range'], have)
  if (status === 304) return { kind: 'unchanged' }
  if (status === 416) return { kind: 'stale' }
  if (later.has(status)) return { kind: 'later', status, afterMs: seconds(headers['retry-after']) }
  if (status === 401 || status === 403)
    throw new ImageNotFetched(
      'missing',
      `${what} answers ${status}: it wants a login; fetch the image by hand and name its path`,
    )
  throw new ImageNotFetched('missing', `${what} answers ${status}: look whether the address is right`)
}

function rest(range: string | undefined, have: number): Answer {
  const [, from, to, of] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(range ?? '') ?? []
  const total = count(of)
  // Anything but all of the rest would leave a hole, or an end that is missing.
  const fits = have > 0 && Number(from) === have && (total === undefined || Number(to) === total - 1)
  return fits ? { kind: 'rest', total } : { kind: 'stale' }
}

function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

function seconds(text: string | undefined): number | undefined {
  const whole = count(text)
  return whole === undefined ? undefined : whole * 1000
}
