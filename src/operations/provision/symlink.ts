import { posix } from 'node:path'
import * as z from 'zod'
import { HostTrouble } from '../../core/ports.ts'
import { quote } from '../../core/quote.ts'
import type { OrRef } from '../../core/ref.ts'
import { path as anyPath } from '../remote/arguments.ts'
import { ask } from './ask.ts'
import { absolute } from './files/attributes.ts'
import { look } from './files/look.ts'
import { ensureAbsent } from './files/remove.ts'
import { type CommonOptions, common, resource } from './resource.ts'

export interface SymlinkOptions extends CommonOptions {
  /** `absent` removes the link, whatever it leads to. */
  readonly state?: OrRef<'present' | 'absent'> | undefined
}

const options = z.strictObject({ state: z.enum(['present', 'absent']).default('present'), ...common })

/** `$1` the path, `$2` its folder, `$3` the target. The new link is put in the place of the old one at once. */
const link = `
folder=$(mktemp -d "$2/.reops-XXXXXX") || exit 1
trap 'rm -rf "$folder"' EXIT
ln -s -- "$3" "$folder/link" || exit 1
if [ ! -L "$1" ] && [ -e "$1" ]; then
  echo "$1 came to be there meanwhile and was left alone; run this again" >&2
  exit 1
fi
mv -fT -- "$folder/link" "$1" 2>/dev/null || ln -sfn -- "$3" "$1"
`

/**
 * A symbolic link at `path` that leads to `target`, which need not be there. What stands there and is no link is left
 * alone, and the host fails with `refused`.
 *
 * @example
 * await run(symlink(closet, '/etc/nginx/sites-enabled/site', '../sites-available/site'))
 */
export const symlink = resource({
  name: 'symlink',
  shape: { path: absolute, target: anyPath, options: options.prefault({}) },
  args: (path: string, target: string, options: SymlinkOptions = {}) => ({ path, target, options }),
  describe: ({ path, target, options }) =>
    `${quote(['symlink', path, target])}${options.state === 'absent' ? ' absent' : ''}`,
  each: async (host, { path, target, options: { state, become } }, { check }) => {
    if (state === 'absent') return ensureAbsent(host, path, 'link', { become, check })
    const found = await look(host, path, { become, target })
    if (found.kind === 'link' && found.same) return { changed: false, path, what: [] }
    if (found.kind !== 'link' && found.kind !== 'missing')
      throw new HostTrouble('refused', `${path} is a ${found.kind} there and no link, and was left alone`)
    if (!check) await ask(host, { script: link, args: [path, posix.dirname(path), target], become })
    return {
      changed: true,
      path,
      what: [found.kind === 'link' ? `target ${found.target} → ${target}` : 'created'],
    }
  },
})
