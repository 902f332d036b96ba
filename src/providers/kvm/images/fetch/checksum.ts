import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { ImageNotFetched } from './not-fetched.ts'

/** The sum that is expected, as lower-case digits. Throws `ImageNotFetched` for what is no SHA-256. */
export function parseSum(text: string): string {
  const digits = /^(?:sha256:)?([0-9a-f]{64})$/i.exec(text.trim())?.[1]
  if (digits === undefined)
    throw new ImageNotFetched('source', 'a sum is sha256: and 64 hexadecimal digits, as in a SHA256SUMS file')
  return digits.toLowerCase()
}

/** The SHA-256 of a file. Rejects with the signal's reason once that is aborted. */
export async function sumOf(
  file: string,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<string> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(file, { signal, highWaterMark: 1024 * 1024 })) {
    hash.update(chunk)
    bytes += chunk.length
    onBytes(bytes)
  }
  return hash.digest('hex')
}

/** Throws `ImageNotFetched` when a sum was given and is another. */
export function requireSum(what: string, expected: string | undefined, found: string): void {
  if (expected !== undefined && expected !== found)
    throw new ImageNotFetched(
      'checksum',
      `${what} is not what was asked for: its SHA-256 is ${found}, and ${expected} was expected. ` +
        'It may have been published anew, or changed on the way: compare with the publisher before using it',
    )
}
