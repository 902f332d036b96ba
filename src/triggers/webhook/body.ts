import type { IncomingMessage } from 'node:http'
import { mostBytes } from './request.ts'

/** Reads what was sent; answers nothing where it is too much. Rejects when the sender goes away. */
export async function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) return undefined
  const chunks: Uint8Array[] = []
  let length = 0
  // Whoever sent too much is still to hear so.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    length += chunk.length
    if (length > mostBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
