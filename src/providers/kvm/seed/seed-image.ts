import * as z from 'zod'
import { explainIssues, InvalidArguments } from '../../../core/errors.ts'
import { layVolume } from './iso9660/volume.ts'

/** Text is written as UTF-8. A file that is `undefined` is left out. */
export type SeedFiles = Readonly<Record<string, string | Uint8Array | undefined>>

export interface SeedImageOptions {
  /** The volume's label, by which its reader finds it: `cidata` for cloud-init. */
  readonly label?: string | undefined
}

const mostFiles = 32
/** Bytes of all files. A seed tells a guest who it is; what is larger belongs on a volume. */
const mostBytes = 4 * 1024 * 1024

const names = z.array(
  z
    .string()
    .regex(
      /^[a-z0-9](?:[a-z0-9.-]{0,28}[a-z0-9])?$/,
      'a file of a seed has a plain name of at most 30 lower-case letters, digits, dots and dashes',
    ),
)
const label = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,16}$/, 'a label holds at most 16 letters, digits, dashes and underscores')

/**
 * Makes the image of a small read-only disc (ISO 9660 with Rock Ridge and Joliet) that holds the given files
 * in its root, for a hypervisor to attach to a guest. The same files always give the same bytes.
 *
 * Throws `InvalidArguments` for a name that is not plain, for more than 32 files and for more than 4 MiB.
 *
 * @example
 * const image = seedImage({ 'user-data': '#cloud-config\n{}\n', 'meta-data': '{"instance-id":"redis-1"}' })
 */
export function seedImage(files: SeedFiles, options: SeedImageOptions = {}): Uint8Array {
  const given = Object.entries(files).flatMap(([name, content]) =>
    content === undefined
      ? []
      : [{ name, bytes: typeof content === 'string' ? Buffer.from(content, 'utf8') : content }],
  )
  check(label, options.label ?? 'cidata')
  check(
    names,
    given.map(file => file.name),
  )
  if (given.length === 0) throw new InvalidArguments('seed: no file is given; name at least one')
  if (given.length > mostFiles)
    throw new InvalidArguments(`seed: ${given.length} files are given, and a seed holds at most ${mostFiles}`)
  const bytes = given.reduce((sum, file) => sum + file.bytes.length, 0)
  if (bytes > mostBytes)
    throw new InvalidArguments(
      `seed: the files have ${bytes} bytes, and a seed holds at most ${mostBytes}; ` +
        'let the guest fetch what is larger, or attach a volume',
    )
  return layVolume(options.label ?? 'cidata', withPlainNames(given))
}

function check(schema: z.ZodType, value: unknown): void {
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw new InvalidArguments(`seed: ${explainIssues(parsed.error.issues)}`)
}

/** The primary tree knows capitals, digits, underscores and one dot; readers of the others never see these. */
function withPlainNames<T extends { readonly name: string }>(files: readonly T[]): (T & { plain: string })[] {
  const taken = new Map<string, string>()
  return files.map(file => {
    const dot = file.name.lastIndexOf('.')
    const [stem, extension] = dot < 0 ? [file.name, ''] : [file.name.slice(0, dot), file.name.slice(dot + 1)]
    const plain = `${stem.replaceAll(/[.-]/g, '_')}.${extension.replaceAll('-', '_')}`.toUpperCase()
    const other = taken.get(plain)
    if (other !== undefined)
      throw new InvalidArguments(
        `seed: ${other} and ${file.name} differ only in dots and dashes, which a volume does not keep apart`,
      )
    taken.set(plain, file.name)
    return { ...file, plain }
  })
}
