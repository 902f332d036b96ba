import { rm } from 'node:fs/promises'
import type { FetchContext } from './context.ts'
import { ImageNotFetched, type NotFetchedReason } from './not-fetched.ts'
import { discardPart, type Place, sizeOf } from './place.ts'
import { readRecord, validatorOf } from './record.ts'
import { type Source, shown } from './source.ts'

/** After these the part is sound, and more of it may come another time. */
const passing = new Set<NotFetchedReason>(['unreachable', 'storage', 'cancelled'])

/**
 * Says what ended a fetch, and clears up after it: nothing stays but a part that the next fetch can go on
 * with, which the error then names. What is no trouble of a fetch is given back as it is.
 */
export async function explain(error: unknown, source: Source, context: FetchContext): Promise<unknown> {
  const told = name(error, source, context.signal)
  try {
    return await clearUp(told, error, source, context)
  } catch (trouble) {
    return new ImageNotFetched(
      'storage',
      `${wordsOf(error)}; and what is left of it stays: ${wordsOf(trouble)}`,
      {
        cause: error,
      },
    )
  }
}

async function clearUp(
  told: ImageNotFetched | undefined,
  error: unknown,
  source: Source,
  context: FetchContext,
): Promise<unknown> {
  await rm(context.place.unpacked, { force: true })
  if (source.kind === 'file') return told ?? error
  const part = told && passing.has(told.reason) ? await resumable(source.url, context.place) : undefined
  if (part === undefined) await discardUnfinished(source.url, context.place)
  if (!told) return error
  return part === undefined
    ? told
    : new ImageNotFetched(
        told.reason,
        `${told.message}; ${part.bytes}${part.total === undefined ? '' : ` of ${part.total}`} bytes are kept in ` +
          `${context.place.part}, and the next fetch goes on from there`,
        { cause: told.cause, resumable: context.place.part },
      )
}

function name(error: unknown, source: Source, signal: AbortSignal): ImageNotFetched | undefined {
  const what = source.kind === 'file' ? source.path : shown(source.url)
  if (signal.aborted)
    return new ImageNotFetched('cancelled', `the fetch of ${what} was cancelled`, { cause: error })
  if (error instanceof ImageNotFetched) return error
  // What the system says of a file has the name of the call that failed.
  if (error instanceof Error && 'syscall' in error)
    return new ImageNotFetched('storage', `${what} can not be kept: ${error.message}`, { cause: error })
  return undefined
}

async function resumable(
  url: URL,
  place: Place,
): Promise<{ readonly bytes: number; readonly total: number | undefined } | undefined> {
  const record = await readRecord(place.record, url.href)
  const bytes = (await sizeOf(place.part)) ?? 0
  return record && !record.complete && validatorOf(record) && bytes > 0
    ? { bytes, total: record.total }
    : undefined
}

/** A finished download that is here from an earlier fetch stays. */
async function discardUnfinished(url: URL, place: Place): Promise<void> {
  const record = await readRecord(place.record, url.href)
  if (record?.complete) await rm(place.part, { force: true })
  else await discardPart(place)
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
