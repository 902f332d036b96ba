import { stat } from 'node:fs/promises'
import path from 'node:path'
import { HostTrouble, type TransferOptions, type Transferred } from '../../../src/core/ports.ts'
import { openSource } from '../../../src/transports/zeromq/byte-flow.ts'
import { type Entry, readEntries } from '../../agent/tree/format.ts'
import { writeEntries } from '../../agent/tree/write.ts'
import type { AgentLine } from '../hub.ts'
import { onThisSide } from './trouble.ts'

type Options = TransferOptions & { readonly timeout: number }

/**
 * Downloads a file, or what is in a folder, keeping permission bits. Whatever the host calls its files, nothing is
 * written outside `local`.
 */
export async function download(
  line: AgentLine,
  remote: string,
  local: string,
  options: Options,
): Promise<Transferred> {
  const source = openSource()
  const broken = new AbortController()
  const signal = AbortSignal.any([options.signal, broken.signal])
  const writing = write(line.host, source.bytes, remote, local, { ...options, signal })
  // What can't be written here ends the call there.
  writing.catch(error => {
    broken.abort(error)
    source.fail(error)
  })
  try {
    await line.call({
      name: 'tree.read',
      params: { remote },
      signal,
      timeout: options.timeout,
      onBytes: (stream, bytes) => (stream === 'content' ? source.take(bytes) : undefined),
    })
    source.end()
  } catch (error) {
    source.fail(error)
    const own = await writing.catch((reason: unknown) => reason)
    if (broken.signal.aborted && !options.signal.aborted && own instanceof HostTrouble && own !== error)
      throw own
    throw error
  }
  return writing
}

async function write(
  host: string,
  bytes: AsyncIterable<Uint8Array>,
  remote: string,
  local: string,
  { signal, mode, onProgress }: Options,
): Promise<Transferred> {
  return onThisSide(host, 'write', local, async () => {
    const entries = readEntries(bytes)
    const first = await entries.next()
    if (first.done) throw new HostTrouble('exception', `${host}: its agent said nothing of ${remote}`)
    const single = first.value.header.kind === 'file'
    const name = path.posix.basename(remote)
    const root = single ? await fileTarget(local, name) : local.replace(/(?<=.)\/+$/, '')
    const from = (at: string) => (at === '' ? remote : `${remote.replace(/\/$/, '')}/${at}`)
    return writeEntries(chain(first.value, entries), root, {
      signal,
      mode,
      where: 'here',
      onBytes: (at, count, total) => onProgress?.({ file: from(at), bytes: count, total }),
    })
  })
}

/** The first entry has been looked at already; its content has not been read. */
async function* chain(first: Entry, rest: AsyncGenerator<Entry>): AsyncGenerator<Entry> {
  yield first
  yield* rest
}

async function fileTarget(local: string, name: string): Promise<string> {
  const inside = path.join(local, name)
  if (local.endsWith(path.sep)) return inside
  const there = await stat(local).catch(() => undefined)
  return there?.isDirectory() ? inside : local
}
