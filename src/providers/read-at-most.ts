import type { IncomingMessage } from 'node:http'

/** The body of an answer, or nothing where it is larger than `most` bytes, of which no more is then read. */
export async function readAtMost(response: IncomingMessage, most: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response) {
    bytes += chunk.length
    if (bytes > most) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
