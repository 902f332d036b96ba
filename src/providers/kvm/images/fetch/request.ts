import http from 'node:http'
import https from 'node:https'
import { ImageNotFetched } from './not-fetched.ts'
import { requireWeb, shown } from './source.ts'

const mostRedirects = 5
const redirects = new Set([301, 302, 303, 307, 308])

export interface RequestOptions {
  readonly signal: AbortSignal
  /** Milliseconds without a byte, from connecting on, after which the server counts as gone. */
  readonly idleMs: number
}

/**
 * Asks for `url` and follows a few redirects, never from https to http. The body is left to be read, and
 * fails when the connection does. Throws `ImageNotFetched` for a redirect that leads nowhere we go; what
 * fails on the way is thrown as it is.
 */
export async function request(
  url: URL,
  headers: Readonly<Record<string, string>>,
  options: RequestOptions,
): Promise<http.IncomingMessage> {
  let at = url
  for (let followed = 0; followed <= mostRedirects; followed++) {
    const response = await get(at, headers, options)
    const { location } = response.headers
    if (!redirects.has(response.statusCode ?? 0) || location === undefined) return response
    response.destroy()
    at = follow(at, location)
  }
  throw new ImageNotFetched(
    'source',
    `${shown(url)} redirects more than ${mostRedirects} times; give the address where the image is`,
  )
}

function follow(from: URL, location: string): URL {
  const to = URL.parse(location, from.href)
  if (!to) throw new ImageNotFetched('source', `${shown(from)} redirects to what is no address`)
  requireWeb(to)
  if (from.protocol === 'https:' && to.protocol === 'http:')
    throw new ImageNotFetched(
      'source',
      `${shown(from)} redirects to ${shown(to)}, where anybody could change it`,
    )
  return to
}

function get(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { signal, idleMs }: RequestOptions,
): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    // A connection of its own: the bytes must be the server's own, and nothing stays open afterwards.
    const how: https.RequestOptions = {
      agent: false,
      signal,
      timeout: idleMs,
      headers: { 'user-agent': 're-ops', accept: '*/*', 'accept-encoding': 'identity', ...headers },
    }
    const asked = url.protocol === 'https:' ? https.request(url, how) : http.request(url, how)
    asked.on('timeout', () => asked.destroy(new Error(`${url.host} said nothing for ${idleMs} ms`)))
    asked.on('response', resolve)
    asked.on('error', reject)
    asked.end()
  })
}
