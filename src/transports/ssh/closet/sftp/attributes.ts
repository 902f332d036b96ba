import type { Stats } from 'node:fs'
import { chmod, chown, truncate, utimes } from 'node:fs/promises'
import type { Attributes, FileEntry } from 'ssh2'

/** What a client sent: any of the attributes may be missing. */
export type SentAttributes = Partial<Attributes>

/** The bits of a mode that can be set; the others say what kind of file it is. */
const settable = 0o7777

/** What SFTP tells of a file; times are whole seconds since 1970. */
export function attributesOf(stats: Stats): Attributes {
  return {
    mode: stats.mode,
    uid: stats.uid,
    gid: stats.gid,
    size: stats.size,
    atime: Math.floor(stats.atimeMs / 1000),
    mtime: Math.floor(stats.mtimeMs / 1000),
  }
}

/** The mode for something new: what the client sent, or what is usual there; the umask applies. */
export function modeOf(attributes: SentAttributes, usual: number): number {
  return attributes.mode === undefined ? usual : attributes.mode & settable
}

/** Something whose attributes can be set: an open file, or a path by way of `byPath`. */
interface Settable {
  truncate(size: number): Promise<void>
  chmod(mode: number): Promise<void>
  chown(uid: number, gid: number): Promise<void>
  utimes(atime: number, mtime: number): Promise<void>
}

/** A real path, with links already followed, as something whose attributes can be set. */
export function byPath(path: string): Settable {
  return {
    truncate: size => truncate(path, size),
    chmod: mode => chmod(path, mode),
    chown: (uid, gid) => chown(path, uid, gid),
    utimes: (atime, mtime) => utimes(path, atime, mtime),
  }
}

/** Sets what was sent and leaves the rest. Times come last, because the others change them. */
export async function setAttributes(on: Settable, sent: SentAttributes): Promise<void> {
  if (sent.size !== undefined) await on.truncate(sent.size)
  if (sent.uid !== undefined && sent.gid !== undefined) await on.chown(sent.uid, sent.gid)
  if (sent.mode !== undefined) await on.chmod(sent.mode & settable)
  if (sent.atime !== undefined && sent.mtime !== undefined) await on.utimes(sent.atime, sent.mtime)
}

/**
 * An entry of a folder's listing, with the line that `ls -l` would print, which `sftp` shows as it is.
 *
 * @example
 * entryOf('notes.txt', stats).longname // '-rw-r--r--    1 0        0              41 Nov 22 04:30 notes.txt'
 */
export function entryOf(filename: string, stats: Stats): FileEntry {
  const columns = [
    modeText(stats),
    String(stats.nlink).padStart(4),
    String(stats.uid).padEnd(8),
    String(stats.gid).padEnd(8),
    String(stats.size).padStart(8),
    timeText(stats.mtime),
    filename,
  ]
  return { filename, longname: columns.join(' '), attrs: attributesOf(stats) }
}

function modeText(stats: Stats): string {
  const kind = stats.isDirectory() ? 'd' : stats.isSymbolicLink() ? 'l' : stats.isFile() ? '-' : '?'
  const bits = [...'rwxrwxrwx'].map((letter, index) => (stats.mode & (0o400 >> index) ? letter : '-'))
  return kind + bits.join('')
}

function timeText(time: Date): string {
  const month = time.toLocaleString('en-US', { month: 'short' })
  const day = String(time.getDate()).padStart(2)
  return `${month} ${day} ${time.toTimeString().slice(0, 5)}`
}
