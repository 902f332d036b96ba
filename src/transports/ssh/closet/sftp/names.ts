import { lstat, rename, stat, symlink, unlink } from 'node:fs/promises'
import { attributesOf, byPath, type SentAttributes, setAttributes } from './attributes.ts'
import {
  canonicalWithin,
  itselfWithin,
  nameWithin,
  readLinkWithin,
  realWithin,
  refuseEscape,
} from './paths.ts'
import type { Reply, SftpSession } from './reply.ts'
import { SftpRefusal, status } from './status.ts'

/** STAT: of what a link leads to. */
export async function statName({ home }: SftpSession, path: string): Promise<Reply> {
  return { attributes: attributesOf(await stat(await realWithin(home, path))) }
}

/** LSTAT: of the link itself. */
export async function statLink({ home }: SftpSession, path: string): Promise<Reply> {
  return { attributes: attributesOf(await lstat(await itselfWithin(home, path))) }
}

/** SETSTAT: of what a link leads to. */
export async function setName({ home }: SftpSession, path: string, sent: SentAttributes): Promise<Reply> {
  await setAttributes(byPath(await realWithin(home, path)), sent)
  return 'done'
}

/** REALPATH. */
export async function resolveName({ home }: SftpSession, path: string): Promise<Reply> {
  return { path: await canonicalWithin(home, path) }
}

/** READLINK. */
export async function readLink({ home }: SftpSession, path: string): Promise<Reply> {
  return { path: await readLinkWithin(home, path) }
}

/** SYMLINK: never to a place outside the home. */
export async function makeLink({ home }: SftpSession, link: string, target: string): Promise<Reply> {
  const name = await nameWithin(home, link)
  refuseEscape(home, name, target)
  await symlink(target, name)
  return 'done'
}

/** REMOVE: a file or a link. */
export async function removeName({ home }: SftpSession, path: string): Promise<Reply> {
  await unlink(await nameWithin(home, path))
  return 'done'
}

/** RENAME, which in this version of the protocol doesn't replace what is there. */
export async function renameName({ home }: SftpSession, from: string, to: string): Promise<Reply> {
  const [source, target] = [await nameWithin(home, from), await nameWithin(home, to)]
  if (await exists(target)) throw new SftpRefusal(status.FAILURE, 'The new name is taken')
  await rename(source, target)
  return 'done'
}

/**
 * EXTENDED `posix-rename@openssh.com`, which replaces. ssh2 can't announce extensions, so only a client that
 * asks without having been told gets here.
 */
export async function extended(
  { home }: SftpSession,
  name: string,
  data: Buffer | undefined,
): Promise<Reply> {
  if (name !== 'posix-rename@openssh.com')
    throw new SftpRefusal(status.OP_UNSUPPORTED, 'Unsupported extension')
  const [from, to] = twoStrings(data ?? Buffer.alloc(0))
  await rename(await nameWithin(home, from), await nameWithin(home, to))
  return 'done'
}

function twoStrings(data: Buffer): [string, string] {
  const first = stringAt(data, 0)
  const second = stringAt(data, 4 + first.length)
  return [first.toString(), second.toString()]
}

function stringAt(data: Buffer, at: number): Buffer {
  const start = at + 4
  const end = data.length < start ? Number.POSITIVE_INFINITY : start + data.readUInt32BE(at)
  if (end > data.length) throw new SftpRefusal(status.BAD_MESSAGE, 'Malformed extension data')
  return data.subarray(start, end)
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
