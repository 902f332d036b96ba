import type { FileEntryWithStats, InputAttributes, OpenMode, SFTPWrapper, Stats } from 'ssh2'
import { FileError, remoteError } from './errors.ts'

/** A host's files by SFTP, as promises. Every method throws `FileError`, which names the path. */
export interface RemoteFiles {
  stat(path: string): Promise<Stats>
  lstat(path: string): Promise<Stats>
  fstat(handle: Buffer, path: string): Promise<Stats>
  realpath(path: string): Promise<string>
  /** `about` is the path that an error names, where it is another. */
  open(path: string, mode: OpenMode, attributes?: InputAttributes, about?: string): Promise<Buffer>
  close(handle: Buffer, path: string): Promise<void>
  /** Bytes that were read: 0 at the end of the file. */
  read(handle: Buffer, into: Buffer, length: number, position: number, path: string): Promise<number>
  write(handle: Buffer, from: Buffer, length: number, position: number, path: string): Promise<void>
  chmod(path: string, mode: number): Promise<void>
  fchmod(handle: Buffer, mode: number, path: string): Promise<void>
  mkdir(path: string, mode: number): Promise<void>
  unlink(path: string): Promise<void>
  /** Puts `from` in the place of `to`, at once where the server can. */
  replace(from: string, to: string): Promise<void>
  /** The names in a folder, one batch after the other. */
  list(path: string): AsyncIterable<readonly FileEntryWithStats[]>
  /** Bytes free for this user on the file system of `path`; `undefined` where the server does not tell. */
  free(path: string): Promise<number | undefined>
}

/** SFTP's status for "no more". */
const endOfFile = 1

/**
 * Wraps an SFTP session. `alive` is called at each answer; after `signal` is aborted nothing is waited for.
 */
export function remoteFiles(sftp: SFTPWrapper, signal: AbortSignal, alive: () => void): RemoteFiles {
  const call = <T>(
    path: string,
    doing: string,
    run: (answer: (error?: Error | null, value?: T) => void) => void,
  ): Promise<T> => {
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      run((error, value) => {
        alive()
        if (error) reject(remoteError(error, doing, path))
        else resolve(value as T)
      })
    } catch (error) {
      reject(remoteError(error, doing, path))
    }
    return promise.finally(() => signal.removeEventListener('abort', onAbort))
  }

  const files: RemoteFiles = {
    stat: path => call(path, 'look at', answer => sftp.stat(path, answer)),
    lstat: path => call(path, 'look at', answer => sftp.lstat(path, answer)),
    fstat: (handle, path) => call(path, 'look at', answer => sftp.fstat(handle, answer)),
    realpath: path => call(path, 'find', answer => sftp.realpath(path, answer)),
    open: (path, mode, attributes = {}, about = path) =>
      call(about, mode === 'r' ? 'read' : 'write', answer => sftp.open(path, mode, attributes, answer)),
    close: (handle, path) => call(path, 'close', answer => sftp.close(handle, answer)),
    async read(handle, into, length, position, path) {
      try {
        return await call<number>(path, 'read', answer =>
          sftp.read(handle, into, 0, length, position, answer),
        )
      } catch (error) {
        if (error instanceof FileError && error.status === endOfFile) return 0
        throw error
      }
    },
    write: (handle, from, length, position, path) =>
      call(path, 'write', answer => sftp.write(handle, from, 0, length, position, answer)),
    chmod: (path, mode) => call(path, 'set the permissions of', answer => sftp.chmod(path, mode, answer)),
    fchmod: (handle, mode, path) =>
      call(path, 'set the permissions of', answer => sftp.fchmod(handle, mode, answer)),
    mkdir: (path, mode) => call(path, 'make the folder', answer => sftp.mkdir(path, { mode }, answer)),
    unlink: path => call(path, 'remove', answer => sftp.unlink(path, answer)),
    async replace(from, to) {
      try {
        await call<void>(to, 'write', answer => sftp.ext_openssh_rename(from, to, answer))
      } catch (error) {
        if (!(error instanceof FileError) || error.status !== undefined) throw error
        // The server has only SFTP's own rename, which refuses a name that is taken.
        await files.unlink(to).catch(() => undefined)
        await call<void>(to, 'write', answer => sftp.rename(from, to, answer))
      }
    },
    async *list(path) {
      const handle = await call<Buffer>(path, 'list', answer => sftp.opendir(path, answer))
      try {
        for (;;) {
          const batch = await call<FileEntryWithStats[]>(path, 'list', answer =>
            sftp.readdir(handle, answer),
          ).catch((error: unknown) => {
            if (error instanceof FileError && error.status === endOfFile) return undefined
            throw error
          })
          if (batch === undefined || batch.length === 0) return
          yield batch
        }
      } finally {
        if (!signal.aborted) await files.close(handle, path)
      }
    },
    async free(path) {
      try {
        const { f_bavail, f_frsize } = await call<{ f_bavail: number; f_frsize: number }>(
          path,
          'look at',
          answer => sftp.ext_openssh_statvfs(path, answer),
        )
        return Number(f_bavail) * Number(f_frsize)
      } catch (error) {
        if (error instanceof FileError) return undefined
        throw error
      }
    },
  }
  return files
}
