import * as z from 'zod'
import { HostTrouble } from '../../core/ports.ts'
import { quote } from '../../core/quote.ts'
import type { OrRef } from '../../core/ref.ts'
import { word } from '../remote/arguments.ts'
import { type Attributes, absolute, attributes } from './files/attributes.ts'
import { ensureFile, type FileChanged } from './files/content.ts'
import { editLine, pattern } from './files/edit-line.ts'
import { look } from './files/look.ts'
import { resource } from './resource.ts'

/** Larger files are no text that a line is written into, in bytes. */
const largest = 1_024 * 1_024

export interface LineOptions extends Attributes {
  /** A JavaScript regular expression: the last line like it becomes this line. Those like it go with `absent`. */
  readonly matching?: OrRef<string> | undefined
  readonly state?: OrRef<'present' | 'absent'> | undefined
  /** A new line is put behind the last line like this; at the end when there is none. */
  readonly insertAfter?: OrRef<string> | undefined
  /** A new line is put before the first line like this; at the end when there is none. */
  readonly insertBefore?: OrRef<string> | undefined
  /** Whether a file that is not there is made. `false` when left out: then the host fails with `refused`. */
  readonly create?: OrRef<boolean> | undefined
}

const regexp = z
  .string()
  .max(1_000)
  .superRefine((source, context) => {
    try {
      pattern(source, 'it')
    } catch {
      context.addIssue({ code: 'custom', message: 'is no regular expression' })
    }
  })

const options = z.strictObject({
  matching: regexp.optional(),
  state: z.enum(['present', 'absent']).default('present'),
  insertAfter: regexp.optional(),
  insertBefore: regexp.optional(),
  create: z.boolean().default(false),
  diff: z.boolean().optional(),
  ...attributes,
})

/**
 * A line in a text file, or none of it. With `matching`, the last line like it becomes this one; otherwise it is added
 * where it is missing. The rest of the file stays byte for byte, and the file is replaced whole.
 *
 * @example
 * await run(lineInFile(closet, '/etc/ssh/sshd_config', 'PasswordAuthentication no', { matching: '^#?PasswordAuthentication ' }))
 */
export const lineInFile = resource({
  name: 'lineInFile',
  shape: {
    path: absolute,
    line: word.regex(/^[^\r\n]*$/, 'is more than one line; name each by a lineInFile of its own'),
    options: options.prefault({}),
  },
  args: (path: string, line: string, options: LineOptions = {}) => ({ path, line, options }),
  describe: ({ path, line, options }) =>
    `${quote(['lineInFile', path, line])}${options.state === 'absent' ? ' absent' : ''}`,
  each: async (host, { path, line, options }, { check }): Promise<FileChanged> => {
    const { matching, state, insertAfter, insertBefore, create, ...wanted } = options
    const found = await look(host, path, { become: wanted.become, content: largest })
    if (found.kind === 'missing' && state === 'absent') return { changed: false, path, what: [] }
    if (found.kind !== 'file' && !(found.kind === 'missing' && create))
      throw new HostTrouble(
        'refused',
        found.kind === 'missing'
          ? `there is no ${path}; make it by file(…), or say create: true`
          : `${path} is a ${found.kind} there and no file${found.kind === 'link' ? `; name what it leads to: ${found.target}` : ''}`,
      )
    const text = editLine(textOf(found.content, path, found.size), {
      line,
      state,
      matching: pattern(matching, 'matching'),
      after: pattern(insertAfter, 'insertAfter'),
      before: pattern(insertBefore, 'insertBefore'),
    })
    return ensureFile(host, path, Buffer.from(text), { ...wanted, check }, found)
  },
})

/** Text that survives being read and written again. */
function textOf(content: Buffer | undefined, path: string, size: number): string {
  if (content === undefined && size > 0)
    throw new HostTrouble('refused', `${path} has ${size} bytes, and lines are written into up to ${largest}`)
  const text = (content ?? Buffer.of()).toString('utf8')
  if (content !== undefined && !Buffer.from(text).equals(content))
    throw new HostTrouble('refused', `${path} is not text in UTF-8, and was left alone`)
  return text
}
