import type { Host } from '../../core/hosts.ts'
import { UsageError } from '../usage-error.ts'

/**
 * Reads `[user@]host[:port]` as ssh's users write it. An IPv6 address with a port stands in brackets; without one
 * it may stand alone. Throws `UsageError` for a port that is none.
 *
 * @example
 * parseHostWord('ops@[fe80::1]:2222') // { name: 'fe80::1', user: 'ops', port: 2222 }
 */
export function parseHostWord(word: string): Host {
  const at = word.lastIndexOf('@')
  const user = at > 0 ? { user: word.slice(0, at) } : {}
  const place = word.slice(at + 1)
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(place)
  if (bracketed) return { name: ipv6(bracketed[1]!), ...portOf(bracketed[2], word), ...user }
  const parts = place.split(':')
  if (parts.length > 2) return { name: ipv6(place), ...user }
  return { name: parts[0]!, ...portOf(parts[1], word), ...user }
}

function portOf(text: string | undefined, word: string): { port?: number } {
  if (text === undefined) return {}
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (port >= 1 && port <= 65_535) return { port }
  throw new UsageError(
    `${JSON.stringify(word)}: ${JSON.stringify(text)} is no port; ports go from 1 to 65535`,
  )
}

/** A host's name starts and ends with a letter or digit, and `::1` is `0::1` as well. */
function ipv6(address: string): string {
  return address.replace(/^::/, '0::').replace(/::$/, '::0')
}
