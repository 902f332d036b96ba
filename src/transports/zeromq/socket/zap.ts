/**
 * The handler of ZAP, ZeroMQ RFC 27, for one context: libzmq asks it about every connection to a server's socket before it
 * lets anything of it through. Only CURVE is answered, whatever else somebody tries; a key is let in or not by its domain.
 */
import { type Context, Router } from 'zeromq'
import { encodeKey } from '../keys.ts'
import { keyBytes } from '../noise/x25519.ts'

const endpoint = 'inproc://zeromq.zap.01'

export interface ZapHandler {
  /** How many connections were let in and refused. */
  readonly counts: { readonly admitted: number; readonly refused: number }
  close(): void
}

/** Answers for every domain that `admit` knows. Sockets of the context must be bound after this has resolved. */
export async function openZap(
  context: Context,
  admit: (domain: string, key: string) => boolean,
): Promise<ZapHandler> {
  const socket = new Router({ context, linger: 0 })
  const counts = { admitted: 0, refused: 0 }
  await socket.bind(endpoint)
  const decide = (request: readonly Buffer[]): boolean => {
    const [version, , domain, , , mechanism, credentials, ...more] = request
    return (
      version?.toString() === '1.0' &&
      mechanism?.toString() === 'CURVE' &&
      credentials?.length === keyBytes &&
      more.length === 0 &&
      admit(String(domain), encodeKey(credentials))
    )
  }
  const serve = async () => {
    for await (const [from, , ...request] of socket) {
      let ok = false
      try {
        ok = decide(request)
      } catch {
        // Whoever can't be told from anybody else stays outside.
      }
      counts[ok ? 'admitted' : 'refused']++
      const [version = Buffer.from('1.0'), id = ''] = request
      const status = ok ? ['200', 'OK'] : ['400', 'this key is not let in']
      await socket.send([from!, '', version, id, ...status, '', ''])
    }
  }
  serve().catch(error => {
    // Closed; with nobody to answer, libzmq lets nobody in.
    if (!socket.closed) throw error
  })
  return { counts, close: () => socket.close() }
}
