import { posix } from 'node:path'
import type { HostAtWork } from '../../../core/operation/host-at-work.ts'
import { ask } from '../ask.ts'
import { octal, type Wanted } from './attributes.ts'
import { type Found, looking } from './look.ts'

/**
 * Writes a file beside the one that it replaces and puts it in its place, so that no reader ever sees half of it. It
 * is only put there when all of it arrived, and when what it replaces is still what was looked at. `$1` the path,
 * `$2` its folder, `$3` bytes, `$4` what stood there, `$5` mode, `$6` owner and group; the content comes by stdin.
 */
const replace = `${looking}
path=$1
umask 077
tmp=$(mktemp "$2/.reops-XXXXXX") || exit 1
trap 'rm -f "$tmp"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
cat >"$tmp" || exit 1
if [ "$(wc -c <"$tmp")" -ne "$3" ]; then
  echo 'only a part of the content arrived; nothing was changed' >&2
  exit 1
fi
now=$(kind_of "$path")
if [ "$now" = file ]; then now=$(hash_of "$path"); fi
if [ "$now" != "$4" ]; then
  echo "$path was changed by somebody else meanwhile and was left alone; run this again" >&2
  exit 1
fi
if [ -n "$6" ]; then chown -- "$6" "$tmp" || exit 1; fi
chmod -- "$5" "$tmp" || exit 1
mv -f -- "$tmp" "$path"
`

/** `$1` the path, `$2` mode, `$3` owner and group. */
const change = `
if [ -L "$1" ]; then
  echo "$1 became a symbolic link meanwhile and was left alone; run this again" >&2
  exit 1
fi
if [ -n "$3" ]; then chown -- "$3" "$1" || exit 1; fi
if [ -n "$2" ]; then chmod -- "$2" "$1"; fi
`

/** Gives a file this content. Its attributes stay where nothing else is wanted; a new one's are 0644. */
export async function writeFile(
  host: HostAtWork,
  path: string,
  content: Uint8Array,
  found: Found,
  { become, ...wanted }: Wanted & { readonly become: boolean },
): Promise<void> {
  const kept = found.kind === 'file' ? { mode: found.mode, owner: found.uid, group: found.gid } : {}
  const was = found.hash ?? found.kind
  const mode = octal(wanted.mode ?? kept.mode ?? 0o644)
  const whose = ownership(wanted.owner ?? kept.owner, wanted.group ?? kept.group)
  const args = [path, posix.dirname(path), String(content.length), was, mode, whose]
  await ask(host, { script: replace, args, stdin: content, become })
}

/** Changes whose something is, and its mode, where that is wanted. */
export async function changeAttributes(
  host: HostAtWork,
  path: string,
  { become, mode, owner, group }: Wanted & { readonly become: boolean },
): Promise<void> {
  await ask(host, { script: change, args: [path, octal(mode), ownership(owner, group)], become })
}

function ownership(owner: string | undefined, group: string | undefined): string {
  return group === undefined ? (owner ?? '') : `${owner ?? ''}:${group}`
}
