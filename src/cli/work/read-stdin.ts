import type { CommandContext } from '../context.ts'
import { UsageError } from '../usage-error.ts'

/** What travels inside of a state machine has 256 KiB together with the rest of its state. */
const most = 128 * 1_024

/** Reads all of stdin as text. Throws `UsageError` when it is too large, or no text. */
export async function readStdin({ stdin }: Pick<CommandContext, 'stdin'>): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stdin as AsyncIterable<Buffer | string>) {
    const data = Buffer.from(chunk as Buffer)
    chunks.push(data)
    bytes += data.length
    if (bytes > most)
      throw new UsageError(`stdin holds more than ${most} bytes; send it with the upload operation instead`)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks))
  } catch (cause) {
    throw new UsageError('stdin is no UTF-8 text; send it with the upload operation instead', { cause })
  }
}
