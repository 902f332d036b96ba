import { lstat, realpath } from 'node:fs/promises'
import path from 'node:path'
import { FileRefused, type FilesPort } from '../src/core/files.ts'

/** What steps of others may touch. Folders are absolute. */
export interface Confinement {
  /** Where relative paths start: the project. */
  readonly project: string
  readonly read: readonly string[]
  readonly write: readonly string[]
  /** Never touched, wherever it lies: it holds keys and journals. */
  readonly state: string
}

/**
 * The files of the bridge's machine for those who submit: a key that may work on the closet is none to the bridge's own
 * disk. Links are followed before it is looked where they lead.
 */
export function confinedFiles({ project, read, write, state }: Confinement): FilesPort {
  const allow = async (
    local: string,
    roots: readonly string[],
    doing: string,
    setting: string,
  ): Promise<string> => {
    const wanted = path.resolve(project, local)
    const [place, forbidden, ...allowed] = await Promise.all(
      [wanted, state, ...roots].map(whereReally),
    ).catch(() => [])
    if (place !== undefined && allowed.some(root => isWithin(root, place)) && !isWithin(forbidden!, place))
      return place
    const where =
      roots.length === 0 ? 'no folder is allowed for that' : `only what is in ${roots.join(', ')} may be`
    throw new FileRefused(
      `${local} may not be ${doing} by a step that came to this bridge: ${where}, and never its state; ${setting} in its reops.config.ts says so`,
      { detail: { path: local } },
    )
  }
  return {
    readable: local => allow(local, read, 'read', 'bridge.files.read'),
    writable: local => allow(local, write, 'written', 'bridge.files.write'),
  }
}

/** Where a path leads once its links are followed, as far as it is there. Rejects for a link to nowhere. */
async function whereReally(wanted: string): Promise<string> {
  const missing: string[] = []
  for (let at = wanted; ; at = path.dirname(at)) {
    try {
      return path.join(await realpath(at), ...missing)
    } catch (error) {
      const isThere = await lstat(at).then(
        () => true,
        () => false,
      )
      if (isThere || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      missing.unshift(path.basename(at))
    }
  }
}

function isWithin(root: string, place: string): boolean {
  const way = path.relative(root, place)
  return way === '' || (!way.startsWith('..') && !path.isAbsolute(way))
}
