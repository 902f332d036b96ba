import { createReadStream, createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import zlib from 'node:zlib'
import { ImageNotFetched } from './not-fetched.ts'

export type Packing = 'gzip' | 'zstd'

const magics: readonly (readonly [Packing, Buffer])[] = [
  ['gzip', Buffer.from([0x1f, 0x8b])],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
]

/** How a file is packed, by its first bytes; `undefined` when it is not, or not in a way that we unpack. */
export async function packingOf(file: string): Promise<Packing | undefined> {
  const handle = await open(file, 'r')
  try {
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0)
    return magics.find(([, magic]) => buffer.subarray(0, magic.length).equals(magic))?.[0]
  } finally {
    await handle.close()
  }
}

/**
 * Unpacks a file to another one, of at most `mostBytes`, which is what a small file may claim to be. Throws
 * `ImageNotFetched` for more, and for what is damaged.
 */
export async function unpack(
  packing: Packing,
  from: string,
  to: string,
  options: { signal: AbortSignal; mostBytes: number; onBytes: (bytes: number) => void },
): Promise<void> {
  let bytes = 0
  const bounded = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes > options.mostBytes) {
        done(new ImageNotFetched('too-large', `the image unpacks to more than ${options.mostBytes} bytes`))
        return
      }
      options.onBytes(bytes)
      done(null, chunk)
    },
  })
  const open = packing === 'gzip' ? zlib.createGunzip() : zlib.createZstdDecompress()
  try {
    await pipeline(createReadStream(from), open, bounded, createWriteStream(to, { mode: 0o600 }), {
      signal: options.signal,
    })
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || !/^(Z_|ZSTD_|ERR_ZLIB)/.test(String(error.code)))
      throw error
    throw new ImageNotFetched('checksum', `the image can not be unpacked: ${error.message}; fetch it again`, {
      cause: error,
    })
  }
}
