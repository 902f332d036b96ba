import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { parseSum } from './fetch/checksum.ts'
import type { FetchContext, FetchedImage, FetchProgress } from './fetch/context.ts'
import { fetchFile } from './fetch/fetch-file.ts'
import { fetchUrl } from './fetch/fetch-url.ts'
import { hold } from './fetch/hold.ts'
import { ImageNotFetched } from './fetch/not-fetched.ts'
import { type Place, placeFor } from './fetch/place.ts'
import { parseSource, type Source } from './fetch/source.ts'
import { explain } from './fetch/trouble.ts'

export interface FetchOptions {
  /** The folder that keeps what was fetched; it is made when it is missing. */
  readonly cache: string
  readonly signal: AbortSignal
  readonly onProgress?: ((progress: FetchProgress) => void) | undefined
  /** The SHA-256 of what the source holds, packed or not: 64 digits, with or without `sha256:` before them. */
  readonly sha256?: string | undefined
  /** The most bytes that are taken, packed and unpacked; 64 GiB when left out. */
  readonly mostBytes?: number | undefined
  /** How many times a download is tried again; 5 when left out. */
  readonly retries?: number | undefined
  /** Milliseconds before the first retry, which then double; 500 when left out. */
  readonly backoffMs?: number | undefined
  /** Milliseconds without a byte after which a server counts as gone; 30,000 when left out. */
  readonly idleMs?: number | undefined
}

const defaults = { mostBytes: 64 * 1024 ** 3, retries: 5, backoffMs: 500, idleMs: 30_000 }

/**
 * Brings an image here, from a path or by http(s), and unpacks it where it is packed with gzip or zstd. A path
 * that needs no unpacking is answered as it is. A download goes on where an earlier one was cut, when the
 * server can tell that it is the same file; one that was finished is not repeated, as long as it has the sum
 * that is asked for or, without one, while the server has no newer file.
 *
 * Throws `ImageNotFetched`, whose `reason` says why and whose `resumable` names a part that was kept. The
 * whole fetch ends when `signal` says so.
 *
 * @example
 * await fetchImage('https://cloud.example.org/debian-12.qcow2', { cache: '.reops/images', signal, sha256 })
 */
export async function fetchImage(source: string, options: FetchOptions): Promise<FetchedImage> {
  const from = parseSource(source)
  const place = placeFor(path.resolve(options.cache), from)
  const context: FetchContext = {
    mostBytes: options.mostBytes ?? defaults.mostBytes,
    retries: options.retries ?? defaults.retries,
    backoffMs: options.backoffMs ?? defaults.backoffMs,
    idleMs: options.idleMs ?? defaults.idleMs,
    signal: options.signal,
    onProgress: options.onProgress ?? (() => {}),
    expected: options.sha256 === undefined ? undefined : parseSum(options.sha256),
    place,
  }
  await using held = await holdPlace(source, place)
  if (!held)
    throw new ImageNotFetched('busy', `${source} is being fetched by another process or call; wait for it`)
  try {
    context.signal.throwIfAborted()
    return await fetchFrom(from, context)
  } catch (error) {
    throw await explain(error, from, context)
  }
}

function fetchFrom(from: Source, context: FetchContext): Promise<FetchedImage> {
  return from.kind === 'file' ? fetchFile(from.path, context) : fetchUrl(from.url, context)
}

async function holdPlace(source: string, place: Place): Promise<AsyncDisposable | undefined> {
  try {
    await mkdir(path.dirname(place.lock), { recursive: true, mode: 0o700 })
    return await hold(place.lock)
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error)
    throw new ImageNotFetched('storage', `${source}: the cache can not be used: ${words}`, { cause: error })
  }
}
