import { stat } from 'node:fs/promises'
import path from 'node:path'
import type { TransferOptions, Transferred } from '../../../src/core/ports.ts'
import { contentOf } from '../../agent/tree/content.ts'
import { frame } from '../../agent/tree/format.ts'
import { type Scanned, scanTree } from '../../agent/tree/scan.ts'
import type { AgentLine } from '../hub.ts'
import { onThisSide, readAnswer, written } from './trouble.ts'

type Options = TransferOptions & { readonly timeout: number }

/**
 * Uploads a file, or what is in a folder, keeping permission bits, in one call. Each file comes to its place whole. Links
 * to files count as those files; what is neither file nor folder is refused before anything is moved.
 */
export async function upload(
  line: AgentLine,
  local: string,
  remote: string,
  options: Options,
): Promise<Transferred> {
  const { host } = line
  const found = await onThisSide(host, 'read', local, async () => {
    const own = await stat(local)
    if (!own.isDirectory() && !own.isFile()) throw new Error(`${local} is neither a file nor a folder`)
    return scanTree(local, { links: 'follow', signal: options.signal })
  })
  const single = found[0]?.kind === 'file'
  const answer = await line.call({
    name: 'tree.write',
    params: {
      remote,
      ...(single ? { name: path.basename(local) } : {}),
      ...(options.mode === undefined ? {} : { mode: options.mode }),
    },
    signal: options.signal,
    timeout: options.timeout,
    input: bytesOf(host, found, options, 0o777),
  })
  return readAnswer(host, written, answer)
}

/** The entries of a tree as they travel; `mask` leaves these of the permission bits. */
export async function* bytesOf(
  host: string,
  entries: readonly Scanned[],
  { onProgress }: Pick<Options, 'onProgress'>,
  mask: number,
): AsyncGenerator<Uint8Array> {
  for (const { from, ...entry } of entries) {
    yield frame(entry.kind === 'link' ? entry : { ...entry, mode: entry.mode & mask })
    if (entry.kind !== 'file') continue
    if (entry.size === 0) onProgress?.({ file: from, bytes: 0, total: 0 })
    const content = contentOf(from, entry.size)
    try {
      for (let bytes = 0; bytes < entry.size; ) {
        const { value } = await onThisSide(host, 'read', from, () => content.next())
        if (!value) break
        yield value
        bytes += value.length
        onProgress?.({ file: from, bytes, total: entry.size })
      }
    } finally {
      await content.return(undefined)
    }
  }
}
