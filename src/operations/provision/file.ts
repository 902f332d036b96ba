import * as z from 'zod'
import { quote } from '../../core/quote.ts'
import type { OrRef } from '../../core/ref.ts'
import { word } from '../remote/arguments.ts'
import { type Attributes, absolute, attributes } from './files/attributes.ts'
import { describeAttributes, ensureFile, readLocal } from './files/content.ts'
import { ensureAbsent } from './files/remove.ts'
import { resource } from './resource.ts'

/** How a file is to be: its content, or the file of this machine that it is a copy of. */
export interface FileOptions extends Attributes {
  readonly content?: OrRef<string> | undefined
  /** A path on the machine that executes the step, relative to its working directory. */
  readonly from?: OrRef<string> | undefined
  /** `absent` removes it. */
  readonly state?: OrRef<'present' | 'absent'> | undefined
  /** Whether a check shows how the content differs; when left out, where others may read the file. */
  readonly diff?: OrRef<boolean> | undefined
}

const options = z
  .strictObject({
    content: z
      .string()
      .max(16 * 1_024 * 1_024)
      .optional(),
    from: word.min(1).optional(),
    state: z.enum(['present', 'absent']).default('present'),
    diff: z.boolean().optional(),
    ...attributes,
  })
  .refine(({ content, from, state }) => {
    const given = [content, from].filter(one => one !== undefined).length
    return state === 'absent' ? given === 0 : given === 1
  }, 'a file takes either content or from, and an absent one takes neither')

/**
 * A file with this content, mode and owner. It is written beside its place and put there whole, so that nobody ever
 * reads half of it; a link that stands there is replaced. What is not said of its attributes stays, and a new file's mode
 * is 0644. Secrets don't belong in `content`, which is in the plan; read them `from` a file.
 *
 * Answers `{ changed, what, path }`, and in a check how the content would change in `diff`.
 *
 * @example
 * await run(file(closet, '/etc/motd', { content: 'This machine is provisioned.\n', mode: 0o644 }))
 */
export const file = resource({
  name: 'file',
  shape: { path: absolute, options },
  args: (path: string, options: FileOptions = {}) => ({ path, options }),
  describe: ({ path, options }) =>
    `${quote(['file', path])}${options.state === 'absent' ? ' absent' : describeAttributes(options)}`,
  each: async (host, { path, options }, { check, context }) => {
    const { content, from, state, ...wanted } = options
    if (state === 'absent') return ensureAbsent(host, path, 'file', { become: options.become, check })
    const bytes = from === undefined ? Buffer.from(content ?? '') : await readLocal(from, context)
    return ensureFile(host, path, bytes, { ...wanted, check })
  },
})
