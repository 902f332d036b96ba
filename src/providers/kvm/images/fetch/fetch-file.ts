import { rename, stat } from 'node:fs/promises'
import { requireSum, sumOf } from './checksum.ts'
import type { FetchContext, FetchedImage } from './context.ts'
import { ImageNotFetched } from './not-fetched.ts'
import { packingOf, unpack } from './unpack.ts'

/** Takes an image by its path: checks it, and unpacks it into the cache where it is packed. */
export async function fetchFile(file: string, context: FetchContext): Promise<FetchedImage> {
  const { place, signal, mostBytes, expected, onProgress } = context
  const size = await requireFile(file, mostBytes)
  const found =
    expected === undefined
      ? undefined
      : await sumOf(file, signal, bytes => onProgress({ stage: 'checking', bytes, total: size }))
  if (found !== undefined) requireSum(file, expected, found)
  const facts = { sha256: found, checked: expected !== undefined, cached: false }
  const packing = await packingOf(file)
  if (packing === undefined) return { file, bytes: size, ...facts }
  const onBytes = (bytes: number) => onProgress({ stage: 'unpacking', bytes })
  await unpack(packing, file, place.unpacked, { signal, mostBytes, onBytes })
  await rename(place.unpacked, place.file)
  return { file: place.file, bytes: (await stat(place.file)).size, ...facts }
}

async function requireFile(file: string, most: number): Promise<number> {
  const facts = await stat(file).catch((error: unknown) => {
    const words = error instanceof Error ? error.message : String(error)
    throw new ImageNotFetched('missing', `${file} can not be read: ${words}`, { cause: error })
  })
  if (!facts.isFile()) throw new ImageNotFetched('missing', `${file} is no file`)
  if (facts.size > most)
    throw new ImageNotFetched('too-large', `${file} has ${facts.size} bytes, and at most ${most} are taken`)
  return facts.size
}
