import { both32 } from './fields.ts'

/**
 * Rock Ridge (RRIP 1991A) gives a file the name and the permissions that a Unix knows: entries of the
 * System Use area of directory records. Linux prefers it to Joliet.
 */

const regularFile = 0o100000
const folder = 0o040000

/** A seed may hold secrets: only the guest's root reads it. */
const fileMode = regularFile | 0o400
const folderMode = folder | 0o500

/** What the first record of the root says: that the areas are used at all, by which rules, and its mode. */
export function rootEntries(): Buffer {
  return Buffer.concat([entry('SP', Buffer.from([0xbe, 0xef, 0])), extension('RRIP_1991A'), rootMode()])
}

/** What the root's record for its parent says, which is the root again. */
export function rootMode(): Buffer {
  return posix(folderMode, 2)
}

/** What a file's record says. */
export function fileEntries(name: string): Buffer {
  return Buffer.concat([posix(fileMode, 1), entry('NM', Buffer.from([0]), Buffer.from(name, 'latin1'))])
}

/** Mode, links, owner and group; the owner is root. */
function posix(mode: number, links: number): Buffer {
  return entry('PX', both32(mode), both32(links), both32(0), both32(0))
}

/** Names the rules by their identifier alone; their description and source may be left empty. */
function extension(identifier: string): Buffer {
  return entry('ER', Buffer.from([identifier.length, 0, 0, 1]), Buffer.from(identifier, 'latin1'))
}

function entry(signature: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from(signature, 'latin1'), Buffer.from([4 + body.length, 1]), body])
}
