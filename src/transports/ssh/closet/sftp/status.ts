import ssh2 from 'ssh2'

/** What a request can be answered with when it fails, as SFTP version 3 numbers it. */
export const status = ssh2.utils.sftp.STATUS_CODE

/** A request that is refused, with the status and the words for the client. */
export class SftpRefusal extends Error {
  override readonly name = 'SftpRefusal'
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** A status and its words. The words never hold a path, since an error's own text may name one outside the home. */
interface Status {
  readonly code: number
  readonly message: string
}

/**
 * The status for an error of the file system.
 *
 * @example
 * statusOf(Object.assign(new Error(), { code: 'ENOENT' })) // { code: 2, message: 'No such file' }
 */
export function statusOf(error: unknown): Status {
  if (error instanceof SftpRefusal) return { code: error.code, message: error.message }
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? 'unknown error'
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return { code: status.NO_SUCH_FILE, message: 'No such file' }
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return { code: status.PERMISSION_DENIED, message: 'Permission denied' }
    case 'ERR_INVALID_ARG_VALUE':
    case 'ERR_OUT_OF_RANGE':
    case 'EINVAL':
    case 'ENAMETOOLONG':
      return { code: status.BAD_MESSAGE, message: `Bad request (${code})` }
    default:
      return { code: status.FAILURE, message: `Failure (${code})` }
  }
}
