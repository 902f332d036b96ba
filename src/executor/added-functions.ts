import { createHash } from 'node:crypto'
import { uuidOf } from './chance.ts'
import { admit } from './data.ts'
import { type Environment, type Evaluation, evaluationKey } from './guard.ts'

/**
 * What Step Functions adds to JSONata, and what it takes away. Each has the shape in which jsonata keeps its
 * own functions, which also lets it be passed to `$map` and its like.
 */

interface Focus {
  readonly environment: Environment
  readonly input: unknown
}

type Implementation = (this: Focus, ...args: any[]) => unknown

/** The most items that `$range` makes and characters that `$pad` adds: more than any state's data holds. */
const most = 262_144

function define(implementation: Implementation): unknown {
  return { _jsonata_function: true, implementation }
}

/** An argument of the wrong type, as JSONata says it: jsonata itself makes the message of the code. */
function mismatch(index: number, token: string): never {
  throw Object.assign(new Error('mismatch'), { code: 'T0410', index, token })
}

function evaluationOf(focus: Focus): Evaluation {
  return focus.environment.lookup(evaluationKey) as Evaluation
}

/** jsonata's own function of that name, for those that we wrap. */
function original(focus: Focus, name: string): (...args: unknown[]) => unknown {
  return (focus.environment.lookup(name) as { implementation: (...args: unknown[]) => unknown })
    .implementation
}

const partition = define((items: unknown, size: unknown) => {
  if (items === undefined) return undefined
  if (!Number.isInteger(size) || (size as number) < 1) mismatch(2, 'partition')
  const list = Array.isArray(items) ? items : [items]
  const parts: unknown[][] = []
  for (let start = 0; start < list.length; start += size as number)
    parts.push(list.slice(start, start + (size as number)))
  return parts
})

const range = define((start: unknown, end: unknown, step: unknown) => {
  for (const [index, value] of [start, end, step].entries()) {
    if (!Number.isInteger(value)) mismatch(index + 1, 'range')
  }
  const [first, last, by] = [start, end, step] as [number, number, number]
  if (by === 0) mismatch(3, 'range')
  const length = Math.max(0, Math.floor((last - first) / by) + 1)
  if (length > most) throw new Error(`$range would make ${length} items, and the most is ${most}`)
  return Array.from({ length }, (_, index) => first + index * by)
})

const algorithms: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
}

const hash = define((data: unknown, algorithm: unknown) => {
  if (data === undefined) return undefined
  const name = Object.hasOwn(algorithms, String(algorithm)) ? algorithms[String(algorithm)] : undefined
  if (name === undefined) mismatch(2, 'hash')
  const text = typeof data === 'string' ? data : JSON.stringify(data)
  return createHash(name!).update(text).digest('hex')
})

/** With a seed the answer is always the same one; which one, AWS does not say. */
const random = define(function (seed: unknown) {
  if (seed === undefined) return evaluationOf(this).random()
  if (!Number.isInteger(seed)) mismatch(1, 'random')
  return createHash('sha256').update(String(seed)).digest().readUIntBE(0, 6) / 2 ** 48
})

const uuid = define(function () {
  return uuidOf(evaluationOf(this).random)
})

const parse = define((text: unknown) => {
  if (text === undefined) return undefined
  if (typeof text !== 'string') mismatch(1, 'parse')
  return admit(JSON.parse(text as string))
})

const millis = define(function () {
  return evaluationOf(this).now
})

const now = define(function (picture: unknown, zone: unknown) {
  return original(this, 'fromMillis')(evaluationOf(this).now, picture, zone)
})

/** jsonata's own makes whatever it is asked for, to the end of memory. */
const pad = define(function (...given: unknown[]) {
  const args = typeof given[0] === 'number' && typeof given[1] !== 'number' ? [this.input, ...given] : given
  const [text, width, fill] = args
  if (text === undefined) return undefined
  if (typeof text !== 'string') mismatch(1, 'pad')
  if (typeof width !== 'number') mismatch(2, 'pad')
  if (fill !== undefined && typeof fill !== 'string') mismatch(3, 'pad')
  const missing = Math.abs(width as number) - [...(text as string)].length
  if (!(missing > 0)) return text
  if (missing > most) throw new Error(`$pad would add ${missing} characters, and the most is ${most}`)
  const filler = [...((fill as string | undefined) || ' ')]
  const padding = Array.from(
    { length: Math.floor(missing) },
    (_, index) => filler[index % filler.length],
  ).join('')
  return (width as number) > 0 ? text + padding : padding + text
})

/** jsonata's own compares every item with every other, for minutes on a list that is no larger than data may be. */
const distinct = define((items: unknown) => {
  if (!Array.isArray(items) || items.length <= 1) return items
  const kept: unknown[] & { sequence?: true } = []
  if ((items as { sequence?: true }).sequence) kept.sequence = true
  const seen = new Set<unknown>()
  for (const item of items) {
    const identity =
      typeof item === 'object' && item !== null
        ? ` ${canonical(item)}`
        : typeof item === 'string'
          ? `"${item}`
          : item
    if (seen.has(identity)) continue
    seen.add(identity)
    kept.push(item)
  }
  return kept
})

/** JSON text that is the same for equal values: the order of an object's keys does not matter. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? ''
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`
}

/** Only what the data itself has: jsonata's own answers with what objects inherit as well. */
const lookup = define((from: unknown, key: unknown) => {
  if (from !== undefined && typeof key !== 'string') mismatch(2, 'lookup')
  return lookUp(from, key as string)
})

function lookUp(from: unknown, key: string): unknown {
  if (Array.isArray(from)) {
    const found: unknown[] & { sequence?: true } = []
    // The mark of a sequence, which is what jsonata collapses when it holds a single item or none.
    found.sequence = true
    for (const item of from) {
      const value = lookUp(item, key)
      if (Array.isArray(value)) found.push(...value)
      else if (value !== undefined) found.push(value)
    }
    return found
  }
  return typeof from === 'object' && from !== null && Object.hasOwn(from, key)
    ? (from as Record<string, unknown>)[key]
    : undefined
}

/** By name without `$`. `eval` is there so that it is not jsonata's. */
export const addedFunctions: ReadonlyMap<string, unknown> = new Map([
  ['partition', partition],
  ['range', range],
  ['hash', hash],
  ['random', random],
  ['uuid', uuid],
  ['parse', parse],
  ['millis', millis],
  ['now', now],
  ['lookup', lookup],
  ['pad', pad],
  ['distinct', distinct],
  ['eval', undefined],
])
