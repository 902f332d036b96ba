/** A value that survives JSON unchanged: what may travel between two steps. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** Whether a value is an object that is no list, as JSON has them. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Where and why a value would not survive JSON. `path` is written as `$.a[0].b`. */
export interface NotJson {
  readonly path: string
  readonly found: string
}

/**
 * Finds the first place where a value would be changed or lost by JSON. `undefined` properties are allowed,
 * since JSON drops them without changing what a reader sees; everything else that JSON alters is reported.
 *
 * @example
 * findNotJson({ at: new Date() }) // { path: '$.at', found: 'a Date' }
 */
export function findNotJson(value: unknown): NotJson | undefined {
  return inspect(value, '$', new Set())
}

function inspect(value: unknown, path: string, above: Set<object>): NotJson | undefined {
  if (value === null) return undefined
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined
    case 'number':
      return Number.isFinite(value) ? undefined : { path, found: String(value) }
    case 'object':
      return inspectObject(value, path, above)
    default:
      return { path, found: describe(value) }
  }
}

function inspectObject(value: object, path: string, above: Set<object>): NotJson | undefined {
  if (above.has(value)) return { path, found: 'a reference to itself' }
  above.add(value)
  const found = Array.isArray(value) ? inspectArray(value, path, above) : inspectRecord(value, path, above)
  above.delete(value)
  return found
}

function inspectArray(items: readonly unknown[], path: string, above: Set<object>): NotJson | undefined {
  for (let index = 0; index < items.length; index++) {
    const found = inspect(items[index], `${path}[${index}]`, above)
    if (found) return found
  }
  return undefined
}

function inspectRecord(record: object, path: string, above: Set<object>): NotJson | undefined {
  if (!isPlain(record)) return { path, found: describe(record) }
  for (const [key, item] of Object.entries(record)) {
    if (item === undefined) continue
    const found = inspect(
      item,
      /^[A-Za-z_]\w*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`,
      above,
    )
    if (found) return found
  }
  return undefined
}

/** A literal's prototype is the root of its realm, and a REPL's is another realm than ours. */
function isPlain(record: object): boolean {
  const prototype = Object.getPrototypeOf(record)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function describe(value: unknown): string {
  if (value === undefined) return 'undefined'
  if (typeof value === 'function') return value.name ? `the function ${value.name}` : 'a function'
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`
  const name = value.constructor?.name ?? 'class instance'
  return `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`
}
