import { errnoOf, printable, wordsOf } from '../trouble.ts'

/** A file operation failed, here or on the host; the message names the path and says what to look at. */
export class FileError extends Error {
  override readonly name = 'FileError'
  /** SFTP's status code, when the host answered; without one the answer never came, or could not. */
  readonly status: number | undefined
  /** The connection went before the answer came. */
  readonly lost: boolean

  constructor(
    message: string,
    options: { cause?: unknown; status?: number | undefined; lost?: boolean } = {},
  ) {
    super(message, { cause: options.cause })
    this.status = options.status
    this.lost = options.lost ?? false
  }
}

/** What SFTP's status codes mean to a person. */
const meanings: Readonly<Record<number, string>> = {
  2: 'there is no such file or folder there',
  3: 'permission denied',
  8: 'the host does not support that',
}

/** Puts an SFTP answer into words. `doing` is a verb: "can not <doing> <path>". */
export function remoteError(error: unknown, doing: string, path: string): FileError {
  const status =
    error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined
  const lost = status === undefined && /no response from server/i.test(wordsOf(error))
  // What the host says in its own words is printed, so it is made fit for that.
  const words = printable(wordsOf(error))
  const why = status === undefined ? words : (meanings[status] ?? words)
  return new FileError(`can not ${doing} ${path} on the host: ${why}`, { cause: error, status, lost })
}

const local: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder here',
  EACCES: 'permission denied here',
  EPERM: 'permission denied here',
  ENOSPC: 'this machine has no space left',
  EDQUOT: 'the disk quota here is used up',
  EROFS: 'the file system here is read-only',
  ENOTDIR: 'a part of that path here is no folder',
}

/** Puts an error of this machine's file system into words. */
function localError(error: unknown, doing: string, path: string): FileError {
  const why = local[errnoOf(error) ?? ''] ?? wordsOf(error)
  return new FileError(`can not ${doing} ${path}: ${why}`, { cause: error })
}

/** Runs a local file operation and says what it was about when it fails. */
export async function locally<T>(doing: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    throw localError(error, doing, path)
  }
}
