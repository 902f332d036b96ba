/** What a file system's errors mean to a person. */
const meanings: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder there',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOSPC: 'its disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of that path is no folder',
}

/** Puts an error of a file system into words, with the path that it is about. */
export function fileWords(
  error: unknown,
  doing: string,
  about: string,
  where: 'on the host' | 'here',
): string {
  if (!(error instanceof Error)) return String(error)
  if (!('code' in error) || typeof error.code !== 'string') return error.message
  return `can not ${doing} ${about} ${where}: ${(meanings[error.code] ?? error.message).replace(/there$/, where === 'here' ? 'here' : 'there')}`
}
