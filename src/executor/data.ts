import type { Json } from '../core/json.ts'

/** Deeper than any data means to be, and shallow enough for a recursive walk. */
const DEEPEST = 500

/** A string longer than this is measured, since its worst case would be far from the truth. */
const LONG = 512

/** Bytes that what a stranger gave takes at least, beyond which it is not even looked at to its end. */
const largest = 8 * 1024 * 1024

/** A value that JSON would change or lose. `path` is written as `$.a[0].b`. */
export class NotJsonError extends Error {
  override readonly name = 'NotJsonError'
  readonly path: string
  readonly found: string
  /** It may well be JSON, and is more than anything here takes. */
  readonly tooLarge: boolean

  constructor(path: string, found: string, tooLarge = false) {
    super(`${found} at ${path}`)
    this.path = path
    this.found = found
    this.tooLarge = tooLarge
  }
}

/** Values known to be JSON, with the most bytes that they may take. Nothing changes them once they are here. */
const known = new WeakMap<object, number>()

/**
 * A copy of what a stranger gave (a handler, a caller), proven to be JSON. Properties that are undefined are
 * dropped, as JSON does.
 *
 * @throws NotJsonError for a Date, a function, NaN, a reference to itself, and their like
 */
export function admit(value: unknown): Json {
  return settle(new Admission(false), value)
}

/** What an expression answered, as `admit` does it; the parts of our own data in it are kept and not copied. */
export function admitResult(value: unknown): Json {
  return settle(new Admission(true), value)
}

function settle(walk: Admission, value: unknown): Json {
  const copy = walk.copy(value, 0)
  if (typeof copy === 'object' && copy !== null) known.set(copy, walk.bytes)
  return copy
}

class Admission {
  /** At most so many bytes, as JSON text. */
  bytes = 0
  #atLeast = 0
  readonly #keepsKnown: boolean
  readonly #path: (string | number)[] = []

  constructor(keepsKnown: boolean) {
    this.#keepsKnown = keepsKnown
  }

  copy(value: unknown, depth: number): Json {
    switch (typeof value) {
      case 'string':
        this.#count(value.length)
        this.bytes += boundOfString(value)
        return value
      case 'boolean':
        this.#count(4)
        this.bytes += 5
        return value
      case 'number':
        if (!Number.isFinite(value)) throw this.refuse(String(value))
        this.#count(1)
        this.bytes += 24
        return value
      case 'object':
        if (value === null) {
          this.#count(4)
          this.bytes += 5
          return null
        }
        return this.#copyObject(value, depth)
      default:
        throw this.refuse(value === undefined ? 'undefined' : `a ${typeof value}`)
    }
  }

  #count(bytes: number): void {
    this.#atLeast += bytes + 1
    if (this.#atLeast > largest) throw this.refuse(`more than ${largest} bytes of data`, true)
  }

  #copyObject(value: object, depth: number): Json {
    this.#count(2)
    const bytes = this.#keepsKnown ? known.get(value) : undefined
    if (bytes !== undefined) {
      this.bytes += bytes
      return value as Json
    }
    if (depth > DEEPEST) throw this.refuse(`data nested deeper than ${DEEPEST} levels`)
    return Array.isArray(value) ? this.#copyArray(value, depth) : this.#copyRecord(value, depth)
  }

  #copyArray(items: readonly unknown[], depth: number): Json[] {
    const copy: Json[] = new Array(items.length)
    this.bytes += items.length + 2
    for (let index = 0; index < items.length; index++) {
      this.#path.push(index)
      copy[index] = this.copy(items[index], depth + 1)
      this.#path.pop()
    }
    return copy
  }

  #copyRecord(record: object, depth: number): Json {
    const prototype = Object.getPrototypeOf(record)
    if (prototype !== Object.prototype && prototype !== null) throw this.refuse(nameOf(record))
    if (isMarked(record)) throw this.refuse('what JSONata takes for a function')
    const copy: Record<string, Json> = {}
    this.bytes += 2
    for (const key of Object.keys(record)) {
      const item = (record as Record<string, unknown>)[key]
      if (item === undefined) continue
      this.bytes += boundOfString(key) + 2
      this.#path.push(key)
      const copied = this.copy(item, depth + 1)
      this.#path.pop()
      put(copy, key, copied)
    }
    return copy
  }

  refuse(found: string, tooLarge = false): NotJsonError {
    const path = this.#path.map(step => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')
    return new NotJsonError(`$${path}`, found, tooLarge)
  }
}

/** jsonata knows its functions by these marks alone, and would evaluate what such data has for a body. */
function isMarked(record: { _jsonata_lambda?: unknown; _jsonata_function?: unknown }): boolean {
  return record._jsonata_lambda === true || record._jsonata_function === true
}

/** Whether a value that is JSON already takes at most so many bytes as UTF-8 text. */
export function fits(value: Json, limit: number): boolean {
  if (boundOf(value) <= limit) return true
  return Buffer.byteLength(JSON.stringify(value)) <= limit
}

/** At least as many bytes as the value's JSON text takes; the root is remembered, so that it is walked once. */
function boundOf(value: Json): number {
  if (typeof value !== 'object' || value === null) return boundOfLeaf(value)
  const bytes = known.get(value) ?? boundOfParts(value)
  known.set(value, bytes)
  return bytes
}

function boundOfParts(value: Json & object): number {
  const before = known.get(value)
  if (before !== undefined) return before
  let bytes = 2
  if (Array.isArray(value)) {
    for (const item of value) bytes += boundOfAny(item) + 1
  } else {
    const record = value as Readonly<Record<string, Json>>
    for (const key of Object.keys(record)) bytes += boundOfString(key) + boundOfAny(record[key] ?? null) + 2
  }
  return bytes
}

function boundOfAny(value: Json): number {
  return typeof value === 'object' && value !== null ? boundOfParts(value) : boundOfLeaf(value)
}

function boundOfLeaf(value: null | boolean | number | string): number {
  if (typeof value === 'string') return boundOfString(value)
  return typeof value === 'number' ? 24 : 5
}

/** A character takes six bytes at worst, as `\u0000`. */
function boundOfString(text: string): number {
  return text.length > LONG ? Buffer.byteLength(JSON.stringify(text)) : text.length * 6 + 2
}

/** A deep copy for a handler to do with as it likes. */
export function detach(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(detach)
  const copy: Record<string, Json> = {}
  for (const [key, item] of Object.entries(value)) {
    put(copy, key, detach(item))
  }
  return copy
}

/** Assigning to `__proto__` would set the prototype instead of a property. */
function put(record: Record<string, Json>, key: string, value: Json): void {
  if (key !== '__proto__') record[key] = value
  else Object.defineProperty(record, key, { value, enumerable: true, writable: true, configurable: true })
}

function nameOf(value: object): string {
  const name = value.constructor?.name ?? 'class instance'
  return `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`
}
