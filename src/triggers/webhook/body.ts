import type { IncomingMessage } from 'node:http'

/** An input that is larger is no input of a flow. */
const mostBytes = 200 * 1024

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

/** The JSON in it, an empty object where it is empty; answers nothing where it is none. */
export function jsonOf(body: Uint8Array): { readonly value: unknown } | undefined {
  if (body.length === 0) return { value: {} }
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown }
  } catch {
    // What can't be read is answered so.
    return undefined
  }
}
