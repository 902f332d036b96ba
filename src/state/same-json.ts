import type { Json } from '../core/json.ts'

/**
 * Whether two values are the same as JSON: the order of keys and properties that are `undefined` don't count.
 *
 * @example
 * sameJson({ a: 1, b: 2 }, { b: 2, a: 1 }) // true
 */
export function sameJson(one: Json, other: Json): boolean {
  return canonicalJson(one) === canonicalJson(other)
}

/**
 * A value's JSON with its keys in one order. The text is compared and never parsed, so a key like `__proto__` is a key
 * like others.
 */
export function canonicalJson(value: Json | undefined): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null)
  if (isArray(value)) return `[${value.map(canonicalJson).join()}]`
  const keys = Object.keys(value).filter(key => value[key] !== undefined)
  return `{${keys
    .sort()
    .map(key => `${JSON.stringify(key)}:${canonicalJson(value[key])}`)
    .join()}}`
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
