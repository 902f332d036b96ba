import { rename, rm, stat } from 'node:fs/promises'
import { requireSum, sumOf } from './checksum.ts'
import type { FetchContext, FetchedImage } from './context.ts'
import { download } from './download.ts'
import { ImageNotFetched } from './not-fetched.ts'
import { sizeOf } from './place.ts'
import { type DownloadRecord, readRecord, writeRecord } from './record.ts'
import { shown } from './source.ts'
import { packingOf, unpack } from './unpack.ts'

/** Takes an image by its address: what the cache has, or a download, checked and unpacked. */
export async function fetchUrl(url: URL, context: FetchContext): Promise<FetchedImage> {
  const { place, expected, onProgress } = context
  const here = await whole(url, context)
  if (here?.sha256 !== undefined && here.sha256 === expected) return answer(context, here, true)
  const kept = expected === undefined ? here : undefined
  const how = await download(url, place, kept, {
    ...context,
    onBytes: (bytes, total) => onProgress({ stage: 'downloading', bytes, total }),
  })
  if (how === 'unchanged') {
    if (kept) return answer(context, kept, true)
    throw new ImageNotFetched(
      'missing',
      `${shown(url)} says that nothing has changed, and was not asked that`,
    )
  }
  return answer(context, await finish(url, context), false)
}

/** The record of a download that is finished and still here. */
async function whole(url: URL, { place }: FetchContext): Promise<DownloadRecord | undefined> {
  const record = await readRecord(place.record, url.href)
  return record?.complete && record.bytes === (await sizeOf(place.file)) ? record : undefined
}

/** Makes a part that has every byte the image that was asked for, or throws `ImageNotFetched`. */
async function finish(url: URL, context: FetchContext): Promise<DownloadRecord> {
  const { place, signal, mostBytes, expected, onProgress } = context
  const total = await sizeOf(place.part)
  const sha256 = await sumOf(place.part, signal, bytes => onProgress({ stage: 'checking', bytes, total }))
  requireSum(shown(url), expected, sha256)
  const packing = await packingOf(place.part)
  if (packing === undefined) await rename(place.part, place.file)
  else {
    const onBytes = (bytes: number) => onProgress({ stage: 'unpacking', bytes })
    await unpack(packing, place.part, place.unpacked, { signal, mostBytes, onBytes })
    await rename(place.unpacked, place.file)
    await rm(place.part)
  }
  const { size: bytes } = await stat(place.file)
  const { etag, lastModified } = (await readRecord(place.record, url.href)) ?? {}
  const record: DownloadRecord = { url: url.href, complete: true, etag, lastModified, total, bytes, sha256 }
  await writeRecord(place.record, record)
  return record
}

function answer({ place, expected }: FetchContext, record: DownloadRecord, cached: boolean): FetchedImage {
  return {
    file: place.file,
    bytes: record.bytes ?? 0,
    sha256: record.sha256,
    checked: expected !== undefined,
    cached,
  }
}
