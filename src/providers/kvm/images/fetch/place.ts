import { rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { cacheName, type Source } from './source.ts'

/** The files of one image in the cache. */
export interface Place {
  readonly file: string
  /** What is there of a download under way. */
  readonly part: string
  readonly record: string
  readonly lock: string
  /** What is there of an unpacked image. */
  readonly unpacked: string
}

export function placeFor(cache: string, source: Source): Place {
  const file = path.join(cache, cacheName(source))
  return {
    file,
    part: `${file}.part`,
    record: `${file}.json`,
    lock: `${file}.lock`,
    unpacked: `${file}.unpacked`,
  }
}

/** The size of a file in bytes; `undefined` when there is none. */
export async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Removes what a download that can't be gone on with has left, and an older file of the same source, of which
 * no record tells any more.
 */
export async function discardPart(place: Place): Promise<void> {
  await rm(place.part, { force: true })
  await rm(place.file, { force: true })
  await rm(place.record, { force: true })
}
