import { createHmac, timingSafeEqual } from 'node:crypto'
import { matchesPatterns } from '../patterns.ts'
import type { KnownHostEntry } from './parse.ts'

/** Whether an entry speaks of `name`, which is written `address` or `[address]:port`. */
export function speaksOf(entry: KnownHostEntry, name: string): boolean {
  const lower = name.toLowerCase()
  const [first] = entry.names
  if (first?.startsWith('|')) return matchesHash(first, lower)
  return matchesPatterns(lower, entry.names)
}

/** `|1|salt|hash`: the hash is the HMAC-SHA1 of the name under the salt. */
function matchesHash(hashed: string, name: string): boolean {
  const [, version, salt, hash] = hashed.split('|')
  if (version !== '1' || salt === undefined || hash === undefined) return false
  const expected = Buffer.from(hash, 'base64')
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest()
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}
