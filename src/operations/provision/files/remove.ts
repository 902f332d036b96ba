import { posix } from 'node:path'
import type { HostAtWork } from '../../../core/operation/host-at-work.ts'
import { HostTrouble } from '../../../core/ports.ts'
import { removable } from '../../remote/removable.ts'
import { ask } from '../ask.ts'
import type { FileChanged } from './content.ts'
import { look } from './look.ts'

/** Removes what stands at a path, if it is of this kind. Throws `HostTrouble` `refused` when it is another. */
export async function ensureAbsent(
  host: HostAtWork,
  path: string,
  kind: 'file' | 'directory' | 'link',
  { become, check }: { readonly become: boolean; readonly check: boolean },
): Promise<FileChanged> {
  const found = await look(host, path, { become })
  if (found.kind === 'missing') return { changed: false, path, what: [] }
  if (found.kind !== kind && !(kind === 'file' && found.kind === 'link'))
    throw new HostTrouble('refused', `${path} is a ${found.kind} there and no ${kind}, and was left alone`)
  if (!check) {
    const script = kind === 'directory' ? 'rm -rf -- "$1"' : 'rm -f -- "$1"'
    await ask(host, { script, args: [path], become })
  }
  return { changed: true, path, what: ['removed'] }
}

/** A path that may be removed: not a folder of the system itself. */
export function mayBeRemoved(path: string): boolean {
  return removable.safeParse(path).success && posix.dirname(posix.normalize(path)) !== '/'
}
