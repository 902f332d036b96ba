import * as z from 'zod'
import { UnexpectedData } from '../errors.ts'
import type { Closure, Definition, Spill, TaskStep } from '../step.ts'
import { define, task } from './operation.ts'

/** A leaf whose whole work is an author's function; without it, it can only say so. */
export function closureDefinition(name: string): Definition {
  return define({
    name,
    site: 'code',
    effect: 'read',
    schema: z.strictObject({}),
    handle: (_data: unknown, _args, context) => {
      throw new UnexpectedData(`${context.step}: ${name} came without its function`)
    },
  })
}

/** A step that calls a function; its label holds the function's own name, so that states can be read. */
export function closureTask(
  definition: Definition,
  named: { readonly name: string },
  closure: Closure,
  spill?: Spill,
): TaskStep {
  const label = named.name ? `${definition.name} ${named.name}` : definition.name
  const text = typeof named === 'function' ? String(named) : undefined
  return { ...task(definition, {}, { label, ...(spill ? { spill } : {}) }), closure, text }
}
