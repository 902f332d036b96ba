import { open } from 'node:fs/promises'

/**
 * What is looked at of an image: its beginning, and its end where it was read from a file. `size` is the
 * whole length in bytes, `undefined` where only a beginning is known.
 */
export interface Window {
  readonly head: Buffer
  readonly tail: Buffer
  readonly size: number | undefined
}

/** Enough for every field of a qcow2 header with its backing file's name, and for a disc's descriptor. */
const headBytes = 64 * 1024
const tailBytes = 512

/** The window onto a file. Errors are those of the file system. */
export async function openWindow(file: string): Promise<Window> {
  const handle = await open(file, 'r')
  try {
    const { size } = await handle.stat()
    const read = async (from: number, length: number) => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, from)
      return buffer.subarray(0, bytesRead)
    }
    return {
      head: await read(0, headBytes),
      tail: await read(Math.max(0, size - tailBytes), tailBytes),
      size,
    }
  } finally {
    await handle.close()
  }
}

/** The window onto bytes at hand, which may be a beginning alone. */
export function windowOf(bytes: Uint8Array): Window {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return { head, tail: Buffer.alloc(0), size: undefined }
}
