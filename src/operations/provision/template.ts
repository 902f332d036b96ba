import * as z from 'zod'
import type { Json } from '../../core/json.ts'
import { quote } from '../../core/quote.ts'
import type { OrRef } from '../../core/ref.ts'
import { word } from '../remote/arguments.ts'
import { type Attributes, absolute, attributes } from './files/attributes.ts'
import { describeAttributes, ensureFile, readLocal } from './files/content.ts'
import { render } from './files/render.ts'
import { resource } from './resource.ts'

/** The template, as text or as a file of this machine, and what is filled in. */
export interface TemplateOptions extends Attributes {
  readonly text?: OrRef<string> | undefined
  /** A path on the machine that executes the step, relative to its working directory. */
  readonly from?: OrRef<string> | undefined
  readonly vars?: OrRef<Readonly<Record<string, OrRef<Json>>>> | undefined
  /** Whether a check shows how the content differs; when left out, where others may read the file. */
  readonly diff?: OrRef<boolean> | undefined
}

const json = z.custom<Json>(value => value !== undefined)

const options = z
  .strictObject({
    text: z
      .string()
      .max(1_024 * 1_024)
      .optional(),
    from: word.min(1).optional(),
    vars: z.record(z.string(), json).default({}),
    diff: z.boolean().optional(),
    ...attributes,
  })
  .refine(({ text, from }) => (text === undefined) !== (from === undefined), 'takes either text or from')

/**
 * A file that is made of a template: `{{ name }}` and `{{ a.b }}` stand for text, numbers and booleans of `vars`,
 * `{{ host.name }}` for the host's name, and `\{{` for two braces. A variable that is missing is refused by name, before
 * any host is touched by this step. Otherwise it is as `file`.
 *
 * @example
 * template('/etc/redis/redis.conf', {
 *   text: 'port {{ port }}\nbind {{ bind }}\n',
 *   vars: { port: 6379, bind: '127.0.0.1' },
 *   owner: 'redis',
 *   mode: 0o640,
 * })
 */
export const template = resource({
  name: 'template',
  shape: { path: absolute, options },
  args: (path: string, options: TemplateOptions) => ({ path, options }),
  describe: ({ path, options }) => `${quote(['template', path])}${describeAttributes(options)}`,
  each: async (host, { path, options }, { check, context }) => {
    const { text, from, vars, ...wanted } = options
    const source = text ?? Buffer.from(await readLocal(from!, context)).toString('utf8')
    const content = render(source, { host: { name: host.name }, ...vars }, `${context.step} (${path})`)
    return ensureFile(host, path, Buffer.from(content), { ...wanted, check })
  },
})
