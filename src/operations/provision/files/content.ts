import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import type { Context } from '../../../core/context.ts'
import { InvalidArguments } from '../../../core/errors.ts'
import type { HostAtWork } from '../../../core/operation/host-at-work.ts'
import { HostTrouble } from '../../../core/ports.ts'
import { requireLocal } from '../../remote/transfer.ts'
import type { Changed } from '../resource.ts'
import { differences, octal, type Wanted } from './attributes.ts'
import { unifiedDiff } from './diff.ts'
import { type Found, look } from './look.ts'
import { changeAttributes, writeFile } from './write.ts'

/** The largest file that a resource writes, in bytes: it is held in memory. `upload` and `sync` send larger ones. */
const largest = 16 * 1_024 * 1_024
/** The largest file whose difference is shown, in bytes. */
const largestShown = 32 * 1_024

/** What was done to a file, or would be. */
export interface FileChanged extends Changed {
  readonly path: string
  /** How its content would change, when it was only looked at and everybody may read it. */
  readonly diff?: string
}

/** How a file is to be. */
export interface WantedFile extends Wanted {
  readonly become: boolean
  readonly check: boolean
  /** Whether the difference is shown; when left out, where others may read the file before and after. */
  readonly diff?: boolean | undefined
}

/**
 * Makes a file have this content and these attributes, or says what that would change. `known` is what stands there,
 * when somebody has looked already.
 */
export async function ensureFile(
  host: HostAtWork,
  path: string,
  content: Uint8Array,
  wanted: WantedFile,
  known?: Found,
): Promise<FileChanged> {
  const hash = createHash('sha256').update(content).digest('hex')
  const shown = wanted.check && wanted.diff !== false ? largestShown : undefined
  const found = known ?? (await look(host, path, { become: wanted.become, hash, content: shown }))
  refuseOther(path, found)
  if (found.kind === 'file' && found.hash === hash) return ensureAttributes(host, path, found, wanted)
  const what =
    found.kind === 'file'
      ? ['content', ...differences(found, wanted)]
      : [found.kind === 'link' ? 'file in the place of a link' : 'created']
  if (wanted.check) return { changed: true, path, what, ...difference(path, content, found, wanted) }
  if (!found.inFolder)
    throw new HostTrouble('refused', `there is no folder for ${path}; make it by directory(…) before`)
  await writeFile(host, path, content, found, wanted)
  return { changed: true, path, what }
}

/** Makes what is there have these attributes. */
export async function ensureAttributes(
  host: HostAtWork,
  path: string,
  found: Found,
  wanted: WantedFile,
): Promise<FileChanged> {
  const what = differences(found, wanted)
  if (what.length > 0 && !wanted.check) await changeAttributes(host, path, wanted)
  return { changed: what.length > 0, path, what }
}

/** A file of this machine, by its path. Throws `InvalidArguments` when it can't be read or is too large. */
export async function readLocal(
  local: string,
  context: Pick<Context, 'step' | 'files'>,
): Promise<Uint8Array> {
  const { step } = context
  const path = await requireLocal(local, context)
  const found = await stat(path)
  if (!found.isFile())
    throw new InvalidArguments(`${step}: ${path} is no file; sync(…) sends a folder`, { detail: { path } })
  if (found.size > largest)
    throw new InvalidArguments(
      `${step}: ${path} has ${found.size} bytes, and a resource writes up to ${largest}; upload(…) sends larger files`,
      { detail: { path } },
    )
  return readFile(path)
}

function refuseOther(path: string, { kind, leads }: Found): void {
  if (kind === 'directory' || kind === 'other')
    throw new HostTrouble(
      'refused',
      `${path} is ${kind === 'directory' ? 'a directory' : 'a device, a socket or a pipe'} there, and was left alone`,
    )
  if (kind === 'link' && leads === 'directory')
    throw new HostTrouble('refused', `${path} is a link to a directory there, and was left alone`)
}

/** What others may not read is no answer for everybody who sees the plan. */
function difference(
  path: string,
  content: Uint8Array,
  found: Found,
  { diff, mode }: WantedFile,
): { readonly diff?: string } {
  const open = (bits: number | undefined) => bits === undefined || (bits & 0o004) !== 0
  if (!(diff ?? (open(mode) && open(found.mode)))) return {}
  if (Math.max(found.size, content.length) > largestShown || (found.kind === 'file' && !found.content))
    return { diff: `${path} has ${found.size} bytes and would have ${content.length}, too many to show` }
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8')
  return { diff: unifiedDiff(path, text(found.content ?? Buffer.of()), text(content)) }
}

/** How attributes stand in a plan: `, 0640, redis:redis`. */
export function describeAttributes({ mode, owner, group }: Wanted): string {
  const whose = group === undefined ? owner : `${owner ?? ''}:${group}`
  return [mode === undefined ? undefined : octal(mode), whose]
    .flatMap(word => (word === undefined ? [] : [`, ${word}`]))
    .join('')
}
