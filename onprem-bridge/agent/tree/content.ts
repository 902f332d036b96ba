import { open } from 'node:fs/promises'
import { pieceBytes } from '../../../src/transports/zeromq/byte-flow.ts'

/** The bytes of a file, exactly as many as it is said to have. Throws when it became shorter meanwhile. */
export async function* contentOf(file: string, size: number): AsyncGenerator<Uint8Array> {
  const handle = await open(file, 'r')
  try {
    const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, Math.max(1, size)))
    for (let at = 0; at < size; ) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, size - at), at)
      if (bytesRead === 0)
        throw new Error(`${file} became shorter while it was read; try again when nobody writes to it`)
      at += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}
