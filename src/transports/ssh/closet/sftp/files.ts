import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import ssh2 from 'ssh2'
import { attributesOf, modeOf, type SentAttributes, setAttributes } from './attributes.ts'
import { openableWithin } from './paths.ts'
import type { Reply, SftpSession } from './reply.ts'
import { SftpRefusal, status } from './status.ts'

const { OPEN_MODE } = ssh2.utils.sftp

/** Bytes of data in one answer: a client takes packets of 256 KiB, headers included. */
const longestRead = 255 * 1024

/** OPEN: regular files only, so that a pipe can't hold up the session and a device can't be touched. */
export async function openFile(
  { home, handles }: SftpSession,
  path: string,
  flags: number,
  sent: SentAttributes,
): Promise<Reply> {
  const handle = await handles.keep(async () => {
    const file = await open(await openableWithin(home, path), systemFlags(flags), modeOf(sent, 0o666))
    await refuseSpecial(file)
    return { kind: 'file', file, appends: (flags & OPEN_MODE.APPEND) !== 0 }
  })
  return { handle }
}

/** READ: as much as there is at this place, up to what was asked for. */
export async function readFile(
  { handles }: SftpSession,
  handle: Buffer,
  offset: number,
  length: number,
): Promise<Reply> {
  const { file } = handles.file(handle)
  const data = Buffer.allocUnsafe(Math.min(length, longestRead))
  const { bytesRead } = await file.read(data, 0, data.length, place(offset))
  return bytesRead === 0 ? 'end' : { data: data.subarray(0, bytesRead) }
}

/** WRITE: all of it or a failure. */
export async function writeFile(
  { handles }: SftpSession,
  handle: Buffer,
  offset: number,
  data: Buffer,
): Promise<Reply> {
  const { file, appends } = handles.file(handle)
  const start = place(offset)
  for (let done = 0; done < data.length; ) {
    const { bytesWritten } = await file.write(data, done, data.length - done, appends ? null : start + done)
    done += bytesWritten
  }
  return 'done'
}

/** FSTAT. */
export async function statFile({ handles }: SftpSession, handle: Buffer): Promise<Reply> {
  return { attributes: attributesOf(await handles.file(handle).file.stat()) }
}

/** FSETSTAT. */
export async function setFile(
  { handles }: SftpSession,
  handle: Buffer,
  sent: SentAttributes,
): Promise<Reply> {
  await setAttributes(handles.file(handle).file, sent)
  return 'done'
}

/** CLOSE, of a file or of a listing. */
export async function closeHandle({ handles }: SftpSession, handle: Buffer): Promise<Reply> {
  await handles.close(handle)
  return 'done'
}

/** No link is followed here, since the path has been followed already, and opening a pipe doesn't wait. */
function systemFlags(flags: number): number {
  const writes = (flags & OPEN_MODE.WRITE) !== 0
  const reads = (flags & OPEN_MODE.READ) !== 0
  const access = writes ? (reads ? constants.O_RDWR : constants.O_WRONLY) : constants.O_RDONLY
  return (
    access |
    constants.O_NOFOLLOW |
    constants.O_NONBLOCK |
    (flags & OPEN_MODE.APPEND ? constants.O_APPEND : 0) |
    (flags & OPEN_MODE.CREAT ? constants.O_CREAT : 0) |
    (flags & OPEN_MODE.TRUNC ? constants.O_TRUNC : 0) |
    (flags & OPEN_MODE.EXCL ? constants.O_EXCL : 0)
  )
}

async function refuseSpecial(file: FileHandle): Promise<void> {
  if ((await file.stat()).isFile()) return
  await file.close()
  throw new SftpRefusal(status.FAILURE, 'Not a regular file')
}

function place(offset: number): number {
  if (Number.isSafeInteger(offset)) return offset
  throw new SftpRefusal(status.BAD_MESSAGE, 'The offset is too large')
}
