import { readFile, rename, writeFile } from 'node:fs/promises'
import * as z from 'zod'

/** What is known of a download beside its file, for going on with it or for not doing it again. */
const schema = z.strictObject({
  url: z.string(),
  /** Whether the file is whole; otherwise there is a part of it. */
  complete: z.boolean(),
  etag: z.string().optional(),
  lastModified: z.string().optional(),
  /** Bytes that the server has. */
  total: z.int().nonnegative().optional(),
  /** Bytes of the file here, which may have been unpacked. */
  bytes: z.int().nonnegative().optional(),
  /** SHA-256 of what the server sent. */
  sha256: z.string().optional(),
})
export type DownloadRecord = z.infer<typeof schema>

/** Reads a record. One that is missing, damaged or of another address counts as none. */
export async function readRecord(file: string, url: string): Promise<DownloadRecord | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  try {
    const record = schema.parse(JSON.parse(text))
    return record.url === url ? record : undefined
  } catch {
    // A record that nobody can read tells nothing, and the download starts anew.
    return undefined
  }
}

/** Writes a record so that a reader finds the old one or the new one. */
export async function writeRecord(file: string, record: DownloadRecord): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(record), { mode: 0o600 })
  await rename(`${file}.new`, file)
}

/** What a server must say again for a part to be of the same file; `undefined` where it can't be told. */
export function validatorOf(record: Pick<DownloadRecord, 'etag' | 'lastModified'>): string | undefined {
  // A weak tag says that two files mean the same, not that their bytes are.
  return record.etag !== undefined && !record.etag.startsWith('W/') ? record.etag : record.lastModified
}
