import * as z from 'zod'
import type { Json } from '../../core/json.ts'
import { withDefinition } from '../../core/operation/definition-of.ts'
import { define, fromStep, type Operation, task } from '../../core/operation/operation.ts'

const definition = define({
  name: 'pretty',
  site: 'code',
  effect: 'read',
  passes: true,
  schema: z.strictObject({ title: z.string().max(200).optional() }),
  handle: async (data: Json, { title }, { out, step }) => {
    await out.publish({ step: title ?? step, format: 'pretty' }, data)
    return null
  },
})

/**
 * Shows the data to a person: an outcome as a table of its hosts, with identical answers together and failures
 * last. Passes it on unchanged, so that it may stand anywhere.
 *
 * @example
 * await run(pipe(ls(closet, '/', '-la'), pick(successful), pretty()))
 */
export function pretty<T>(options: { readonly title?: string } = {}): Operation<T, T> {
  return fromStep(task(definition, options))
}

withDefinition(pretty, definition)
