import type { Definition } from '../step.ts'

const key = Symbol.for('re-ops.definition')

/** Lets the definition of an operation be found from what its author calls. */
export function withDefinition<F extends (...words: any[]) => unknown>(call: F, definition: Definition): F {
  Object.defineProperty(call, key, { value: definition })
  return call
}

/**
 * What is known of an operation, by what its author calls; nothing for any other value.
 *
 * @example
 * definitionOf(ls)?.effect // 'read'
 */
export function definitionOf(call: unknown): Definition | undefined {
  if (typeof call !== 'function' || !Object.hasOwn(call, key)) return undefined
  return (call as { readonly [key]?: Definition })[key]
}
