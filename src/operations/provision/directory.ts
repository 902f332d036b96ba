import * as z from 'zod'
import type { HostAtWork } from '../../core/operation/host-at-work.ts'
import { HostTrouble } from '../../core/ports.ts'
import { quote } from '../../core/quote.ts'
import type { OrRef } from '../../core/ref.ts'
import { ask } from './ask.ts'
import { type Attributes, absolute, attributes, octal } from './files/attributes.ts'
import { describeAttributes, ensureAttributes, type FileChanged, type WantedFile } from './files/content.ts'
import { look } from './files/look.ts'
import { ensureAbsent, mayBeRemoved } from './files/remove.ts'
import { resource } from './resource.ts'

export interface DirectoryOptions extends Attributes {
  /** `absent` removes it with all that is in it. */
  readonly state?: OrRef<'present' | 'absent'> | undefined
}

const options = z.strictObject({ state: z.enum(['present', 'absent']).default('present'), ...attributes })

/**
 * A folder, and the folders above it, with this mode and owner. What is not said of its attributes stays, and a new
 * folder's mode is 0755. A folder of the root, such as `/etc`, is never removed.
 *
 * @example
 * await run(directory(closet, '/srv/site', { mode: 0o750, owner: 'www-data' }))
 */
export const directory = resource({
  name: 'directory',
  shape: { path: absolute, options },
  args: (path: string, options: DirectoryOptions = {}) => ({ path, options }),
  describe: ({ path, options }) =>
    `${quote(['directory', path])}${options.state === 'absent' ? ' absent' : describeAttributes(options)}`,
  each: async (host, { path, options }, { check }) => {
    const { state, ...wanted } = options
    if (state === 'present') return ensureDirectory(host, path, { ...wanted, check })
    if (!mayBeRemoved(path))
      throw new HostTrouble('refused', `${path} is a folder of the system itself, which is never removed`)
    return ensureAbsent(host, path, 'directory', { become: wanted.become, check })
  },
})

/** `$1` the path, `$2` the mode of a new one, `$3` owner and group. */
const make = `
umask 022
if [ -d "$1" ]; then exit 0; fi
mkdir -p -- "$1" || exit 1
if [ -n "$3" ]; then chown -- "$3" "$1" || exit 1; fi
chmod -- "$2" "$1"
`

async function ensureDirectory(host: HostAtWork, path: string, wanted: WantedFile): Promise<FileChanged> {
  const { become, check, mode = 0o755, owner = '', group } = wanted
  const found = await look(host, path, { become })
  if (found.kind === 'directory') return ensureAttributes(host, path, found, wanted)
  // A link to a folder, such as /var/run, does as well as the folder.
  if (found.kind === 'link' && found.leads === 'directory') return { changed: false, path, what: [] }
  if (found.kind !== 'missing')
    throw new HostTrouble('refused', `${path} is a ${found.kind} there and no folder, and was left alone`)
  if (!check) {
    const whose = group === undefined ? owner : `${owner}:${group}`
    await ask(host, { script: make, args: [path, octal(mode), whose], become })
  }
  return { changed: true, path, what: ['created'] }
}
