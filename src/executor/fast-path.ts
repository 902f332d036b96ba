import type { Json } from '../core/json.ts'

/**
 * Most expressions only fetch: `$states.input`, `$states.result.Payload`, `$name.a.b`. Those are answered here
 * when every value on the way is a plain object, where JSONata's answer is the property itself; for an array
 * on the way, which JSONata maps over, and for anything that is missing, the answer is left to JSONata.
 */

/** A name that JSONata reads as something else, or that every object inherits. */
const special = new Set(['true', 'false', 'null', 'and', 'or', 'in', 'function'])

const reference = /^\$([A-Za-z_]\w*)((?:\.[A-Za-z_]\w*)*)$/

/** The variable and the properties that an expression fetches, if that is all it does. */
export function referenceOf(source: string): readonly string[] | undefined {
  const match = reference.exec(source)
  if (match === null) return undefined
  const path = [match[1]!, ...match[2]!.split('.').slice(1)]
  return path.some(name => special.has(name) || name in Object.prototype) ? undefined : path
}

/** Follows a path from its variable's value; `undefined` when JSONata must be asked. */
export function fetch(path: readonly string[], variable: unknown): Json | undefined {
  let value = variable
  for (let index = 1; index < path.length; index++) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    const name = path[index]!
    if (!Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value as Json | undefined
}
