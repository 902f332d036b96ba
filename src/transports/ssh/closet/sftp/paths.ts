import { lstat, readlink, realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, resolve } from 'node:path'
import { SftpRefusal, status } from './status.ts'

/** More than Linux takes for a path; anything longer is no path. */
const longestPath = 4096

/**
 * The real path of something that exists, links followed.
 *
 * @throws SftpRefusal when it, or what a link leads to, is outside the home.
 * @example
 * await realWithin('/srv/foo', 'log/messages') // '/srv/foo/log/messages'
 */
export async function realWithin(home: string, path: string): Promise<string> {
  return within(home, await realpath(spell(home, path)))
}

/**
 * The real path of a name that may not exist, or may be a link that is meant itself: its folder is followed
 * and must be inside the home, the last name isn't.
 *
 * @throws SftpRefusal when it is outside the home, or is the home itself.
 * @example
 * await nameWithin('/srv/foo', 'log/new.txt') // '/srv/foo/log/new.txt'
 */
export async function nameWithin(home: string, path: string): Promise<string> {
  const spelled = spell(home, path).replace(/\/+$/, '')
  const name = basename(spelled)
  if (isNoName(name) || spelled === home) {
    throw new SftpRefusal(status.PERMISSION_DENIED, 'Only a name inside the home can be changed')
  }
  return within(home, `${await realpath(spelled.slice(0, -name.length))}/${name}`)
}

/** The real path of something as it is, a link being itself; the home is allowed. */
export async function itselfWithin(home: string, path: string): Promise<string> {
  const spelled = spell(home, path).replace(/\/+$/, '')
  const isPlace = isNoName(basename(spelled)) || spelled === home
  return isPlace ? realWithin(home, path) : nameWithin(home, path)
}

/** What to open: the real path of what exists, or the path of a new file. A link to nowhere is refused. */
export async function openableWithin(home: string, path: string): Promise<string> {
  try {
    return await realWithin(home, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const fresh = await nameWithin(home, path)
  if (await isLink(fresh)) throw new SftpRefusal(status.NO_SUCH_FILE, 'The link leads nowhere')
  return fresh
}

/** The path as a client sees it, made absolute; it need not exist, as the protocol's REALPATH has it. */
export async function canonicalWithin(home: string, path: string): Promise<string> {
  try {
    return await realWithin(home, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return nameWithin(home, path)
  }
}

/** Refuses a link that leads out of the home, whether or not there is something where it leads. */
export function refuseEscape(home: string, link: string, target: string): void {
  within(home, resolve(dirname(link), target))
}

/** What a link says. */
export async function readLinkWithin(home: string, path: string): Promise<string> {
  return readlink(await nameWithin(home, path))
}

/** Makes a path absolute without touching `..`, which must be followed where links lead, not where they are written. */
function spell(home: string, path: string): string {
  if (path.length > longestPath || path.includes('\0'))
    throw new SftpRefusal(status.BAD_MESSAGE, 'Not a path')
  // Refused by its looks alone, so that an answer never tells what exists outside.
  within(home, resolve(home, path))
  return isAbsolute(path) ? path : `${home}/${path}`
}

function within(home: string, path: string): string {
  if (path === home || path.startsWith(`${home}/`)) return path
  throw new SftpRefusal(status.PERMISSION_DENIED, 'Outside the home folder')
}

/** `.` and `..` lead somewhere and name nothing. */
function isNoName(name: string): boolean {
  return name === '.' || name === '..'
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
