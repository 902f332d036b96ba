import { setTimeout as sleep } from 'node:timers/promises'
import { attempt, type DownloadOptions } from './attempt.ts'
import { ImageNotFetched } from './not-fetched.ts'
import type { Place } from './place.ts'
import type { DownloadRecord } from './record.ts'
import { shown } from './source.ts'

export interface RetryOptions {
  /** How many times it is tried again. */
  readonly retries: number
  /** Milliseconds before the first retry; they double, up to half a minute. */
  readonly backoffMs: number
}

const mostWaitMs = 30_000

/**
 * Downloads `url` to its part, trying again, and going on where it was cut, while that may help. Answers
 * whether the part is whole now, or the file that was `kept` is still the server's.
 *
 * Throws `ImageNotFetched`, file errors as they are, and the signal's reason.
 */
export async function download(
  url: URL,
  place: Place,
  kept: DownloadRecord | undefined,
  options: DownloadOptions & RetryOptions,
): Promise<'done' | 'unchanged'> {
  let trouble: { readonly words: string; readonly cause?: unknown } = { words: 'it was not tried' }
  for (let tried = 0; tried <= options.retries; tried++) {
    let wanted = 0
    try {
      const { kind, ...answer } = await attempt(url, place, kept, options)
      if (kind === 'done' || kind === 'unchanged') return kind
      wanted = 'afterMs' in answer ? (answer.afterMs ?? 0) : 0
      trouble = {
        words:
          'status' in answer
            ? `it answers ${answer.status}`
            : 'it sends what does not fit what was sent before',
      }
    } catch (error) {
      if (!mayHelp(error, options.signal)) throw error
      trouble = { words: error instanceof Error ? error.message : String(error), cause: error }
    }
    if (tried < options.retries) await pause(tried, wanted, options)
  }
  throw new ImageNotFetched(
    'unreachable',
    `${shown(url)} could not be fetched in ${options.retries + 1} attempts: ${trouble.words}`,
    { cause: trouble.cause },
  )
}

/** What files are asked for; the calls of sockets have other names, or other codes. */
const fileCalls = new Set(['open', 'write', 'fdatasync', 'stat', 'rename', 'unlink', 'rm'])
const socketCodes = new Set(['EPIPE', 'ECONNRESET'])

/** Trouble of the network passes; a refusal, the caller's own wish and a full disk do not. */
function mayHelp(error: unknown, signal: AbortSignal): boolean {
  if (signal.aborted || error instanceof ImageNotFetched) return false
  if (!(error instanceof Error && 'syscall' in error && 'code' in error)) return true
  return !fileCalls.has(String(error.syscall)) || socketCodes.has(String(error.code))
}

/** Waits longer each time, never the same as others do, and as long as the server asks within reason. */
async function pause(tried: number, wanted: number, { backoffMs, signal }: DownloadOptions & RetryOptions) {
  const most = Math.min(mostWaitMs, backoffMs * 2 ** tried)
  await sleep(Math.max(Math.min(wanted, mostWaitMs), most * (0.5 + Math.random() / 2)), undefined, { signal })
}
