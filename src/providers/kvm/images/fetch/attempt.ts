import { open } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { readAnswer } from './answer.ts'
import { ImageNotFetched } from './not-fetched.ts'
import { discardPart, type Place, sizeOf } from './place.ts'
import { type DownloadRecord, readRecord, validatorOf, writeRecord } from './record.ts'
import { request } from './request.ts'
import { shown } from './source.ts'

export interface DownloadOptions {
  readonly signal: AbortSignal
  readonly idleMs: number
  /** The most bytes that are taken. */
  readonly mostBytes: number
  readonly onBytes: (bytes: number, total: number | undefined) => void
}

/** How one attempt ended, where it did not fail. */
export type Attempt =
  | { readonly kind: 'done' | 'unchanged' | 'stale' }
  | { readonly kind: 'later'; readonly status: number; readonly afterMs: number | undefined }

/**
 * Asks once for what is missing of a download and writes it to its part. `kept` is the record of a whole file
 * that will do if the server has no other. What breaks the connection is thrown as it is.
 */
export async function attempt(
  url: URL,
  place: Place,
  kept: DownloadRecord | undefined,
  options: DownloadOptions,
): Promise<Attempt> {
  const record = await readRecord(place.record, url.href)
  const have = record && !record.complete && validatorOf(record) ? ((await sizeOf(place.part)) ?? 0) : 0
  if (have > 0 && have === record?.total) return { kind: 'done' }
  const response = await request(url, have > 0 ? resuming(record!, have) : unlessChanged(kept), options)
  try {
    const answer = readAnswer(shown(url), response, have)
    if (answer.kind === 'later' || answer.kind === 'unchanged') return answer
    if (answer.kind === 'stale') {
      await discardPart(place)
      return answer
    }
    const from = answer.kind === 'rest' ? have : 0
    const total = answer.total ?? (answer.kind === 'rest' ? record?.total : undefined)
    if (total !== undefined) requireRoom(url, total, options.mostBytes)
    await writeRecord(place.record, seen(url, response, total))
    await write(url, response, place.part, { from, total, options })
    return { kind: 'done' }
  } finally {
    response.destroy()
  }
}

function resuming(record: DownloadRecord, have: number): Record<string, string> {
  return { range: `bytes=${have}-`, 'if-range': validatorOf(record) ?? '' }
}

function unlessChanged(kept: DownloadRecord | undefined): Record<string, string> {
  if (kept?.etag !== undefined) return { 'if-none-match': kept.etag }
  return kept?.lastModified === undefined ? {} : { 'if-modified-since': kept.lastModified }
}

function seen(url: URL, { headers }: IncomingMessage, total: number | undefined): DownloadRecord {
  return {
    url: url.href,
    complete: false,
    etag: headers.etag,
    lastModified: headers['last-modified'],
    total,
  }
}

async function write(
  url: URL,
  body: IncomingMessage,
  part: string,
  { from, total, options }: { from: number; total: number | undefined; options: DownloadOptions },
): Promise<void> {
  let bytes = from
  const handle = await open(part, from === 0 ? 'w' : 'a', 0o600)
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      requireRoom(url, bytes + chunk.length, options.mostBytes)
      await handle.appendFile(chunk)
      bytes += chunk.length
      options.onBytes(bytes, total)
    }
    await handle.datasync()
  } finally {
    await handle.close()
  }
  if (total !== undefined && bytes !== total)
    throw new Error(`${url.host} sent ${bytes} bytes of ${total} and ended`)
}

function requireRoom(url: URL, bytes: number, most: number): void {
  if (bytes > most)
    throw new ImageNotFetched(
      'too-large',
      `${shown(url)} has at least ${bytes} bytes, and at most ${most} are taken`,
    )
}
