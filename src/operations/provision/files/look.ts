import { posix } from 'node:path'
import type { HostAtWork } from '../../../core/operation/host-at-work.ts'
import { HostTrouble } from '../../../core/ports.ts'
import { ask } from '../ask.ts'

/** What stands at a path of a host. */
export interface Found {
  readonly kind: 'file' | 'directory' | 'link' | 'other' | 'missing'
  /** A link's: what it leads to. */
  readonly leads: 'file' | 'directory' | 'nowhere'
  readonly mode: number | undefined
  readonly owner: string | undefined
  readonly group: string | undefined
  readonly uid: string | undefined
  readonly gid: string | undefined
  /** SHA-256 of a file's content. */
  readonly hash: string | undefined
  /** Bytes. */
  readonly size: number
  /** A link's: whether it names exactly the target that was asked about. */
  readonly same: boolean
  /** A link's target, or some of it. */
  readonly target: string | undefined
  /** Whether the folder that it stands in is there. */
  readonly inFolder: boolean
  /** A file's content, where it was asked for, is not too large and differs from what was asked about. */
  readonly content: Buffer | undefined
}

/** Functions that look at a path, which scripts that write use too. */
export const looking = `
hash_of() {
  if has sha256sum; then sha256sum <"$1"
  elif has shasum; then shasum -a 256 <"$1"
  elif has openssl; then openssl dgst -sha256 -r <"$1"
  elif has sha256; then sha256 -q <"$1"
  else refuse 'the host has no program that makes SHA-256 (sha256sum, shasum, openssl)'
  fi | cut -c 1-64
}
kind_of() {
  if [ -L "$1" ]; then echo link
  elif [ -f "$1" ]; then echo file
  elif [ -d "$1" ]; then echo directory
  elif [ -e "$1" ]; then echo other
  else echo missing
  fi
}
`

/** `$1` the path, `$2` its folder, `$3` the hash that its content should have, `$4` a target, `$5` bytes to show. */
const script = `${looking}
path=$1
kind=$(kind_of "$path")
say kind "$kind"
if [ -d "$2" ]; then say folder yes; fi
case $kind in
  missing) exit 0 ;;
  link)
    if [ -d "$path" ]; then say leads directory; elif [ -e "$path" ]; then say leads file; fi
    target=$(readlink -- "$path"; echo .)
    if [ "$target" = "$4
." ]; then say same yes; fi
    say target "$(readlink -- "$path" | tr '\\n' ' ' | cut -c 1-1000)"
    exit 0
    ;;
esac
say stat "$(stat -c '%a %u %g %U %G %s' -- "$path" 2>/dev/null || stat -f '%Mp%Lp %u %g %Su %Sg %z' "$path")"
[ "$kind" = file ] || exit 0
[ -r "$path" ] || refuse "$(id -un) may not read $path"
hash=$(hash_of "$path")
say hash "$hash"
if [ "$hash" != "$3" ] && [ "$(wc -c <"$path")" -le "$5" ]; then
  echo reops-content
  cat <"$path"
fi
`

/** What is asked about a path. */
export interface Look {
  readonly become: boolean
  /** The SHA-256 that the content should have: it is only shown when it has another one. */
  readonly hash?: string | undefined
  readonly target?: string | undefined
  /** The largest file whose content is answered, in bytes; none when left out. */
  readonly content?: number | undefined
}

/** Looks at a path of a host, in one round trip, without following a link that stands there. */
export async function look(
  host: HostAtWork,
  path: string,
  { become, hash = '', target = '', content = -1 }: Look,
): Promise<Found> {
  const args = [path, posix.dirname(path), hash, target, String(content)]
  const answer = await ask(host, { script, args, become, most: Math.max(0, content) })
  const [mode, uid, gid, owner, group, size] = answer.fact('stat')?.split(' ') ?? []
  const kind = kinds.find(one => one === answer.fact('kind'))
  const found = answer.fact('hash')
  if (kind === undefined || (kind === 'file' && !/^[0-9a-f]{64}$/.test(found ?? '')))
    throw new HostTrouble('exception', `the host does not say in a readable way what ${path} is`)
  return {
    kind,
    leads: leads.find(one => one === answer.fact('leads')) ?? 'nowhere',
    mode: mode === undefined ? undefined : Number.parseInt(mode, 8),
    uid,
    gid,
    owner,
    group,
    size: Number(size ?? 0),
    hash: found,
    same: answer.fact('same') === 'yes',
    target: answer.fact('target'),
    inFolder: answer.fact('folder') === 'yes',
    content: answer.content,
  }
}

const kinds = ['file', 'directory', 'link', 'other', 'missing'] as const
const leads = ['file', 'directory'] as const
