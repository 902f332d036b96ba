import type { Duplex, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Connection } from './connection/connection.ts'
import type { StreamOptions } from './connection/streams.ts'
import type { VolumeRef } from './protocol/references.ts'

export interface TransferRange {
  /** Bytes from the volume's beginning. */
  readonly offset?: number | bigint | undefined
  /** Bytes; all that there is when left out. */
  readonly length?: number | bigint | undefined
}

export interface UploadOptions extends TransferRange, StreamOptions {
  /** Bytes sent so far. */
  readonly onProgress?: ((bytes: number) => void) | undefined
}

/** What a transfer of ours waits for the daemon's next sign, in milliseconds. */
const idle = 60_000

const never = new AbortController().signal

/**
 * Writes a source into a volume. When this resolves the daemon has taken everything; aborting `signal` or an error of
 * the source aborts it over there, and leaves the volume with a part.
 */
export async function upload(
  connection: Connection,
  volume: VolumeRef,
  source: Readable | AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { offset = 0, length = 0, onProgress, ...options }: UploadOptions,
): Promise<{ bytes: number }> {
  const input = { volume, offset, length }
  const stream = await connection.openStream('storageVolUpload', input, { idleTimeout: idle, ...options })
  let bytes = 0
  const counted = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      yield chunk
      bytes += chunk.length
      onProgress?.(bytes)
    }
  }
  await pipeline(source as Readable, counted, stream, { signal: options.signal ?? never })
  return { bytes }
}

/** Reads a volume. Destroying the stream aborts it over there. */
export async function download(
  connection: Connection,
  volume: VolumeRef,
  { offset = 0, length = 0, ...options }: TransferRange & StreamOptions,
): Promise<Readable> {
  const input = { volume, offset, length }
  const stream: Duplex = await connection.openStream('storageVolDownload', input, {
    idleTimeout: idle,
    ...options,
  })
  return stream
}
