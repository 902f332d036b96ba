import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import * as z from 'zod'
import { isRecord, type Json } from '../../core/json.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { text, texts } from '../parse.ts'
import { UsageError } from '../usage-error.ts'

type Fields = Record<string, unknown>

/**
 * The input of a flow: the file of `--input-file`, over which each `--input key=value` is laid. Where the schema takes
 * a string there, the value is one; elsewhere it is read as JSON when it is JSON. Throws `UsageError`.
 *
 * @example
 * // --input disk.size=20 --input name=foo  →  { disk: { size: 20 }, name: 'foo' }
 */
export async function readInput(context: CommandContext, args: Args, schema: z.ZodType): Promise<unknown> {
  const file = text(args, 'input-file')
  const base = file === undefined ? {} : await readInputFile(context, file)
  const given = texts(args, 'input')
  if (given.length === 0) return base
  if (!isRecord(base))
    throw new UsageError(
      `--input-file ${file} holds no object, so that --input has nothing to be a part of; leave one of them out`,
    )
  const shape = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Shape
  return assigned('input', base, given, shape)
}

/** An object with each `key=value` laid over it, of the flag that they were given by. Throws `UsageError`. */
export function assigned(flag: string, base: Fields, given: readonly string[], shape: Shape): Fields {
  const input = copy(base)
  for (const one of given) place(flag, input, one, shape)
  return input
}

async function readInputFile({ stdin, cwd }: CommandContext, file: string): Promise<unknown> {
  const what = file === '-' ? 'stdin' : file
  const source = await (file === '-' ? readAll(stdin) : readFile(path.resolve(cwd, file), 'utf8')).catch(
    (error: Error) => {
      throw new UsageError(`--input-file ${what} can't be read: ${error.message}`)
    },
  )
  try {
    return JSON.parse(source) as unknown
  } catch (error) {
    throw new UsageError(`--input-file ${what} is not JSON: ${(error as Error).message}`)
  }
}

/** What a JSON Schema says of a place in the input, as far as it matters here. */
export interface Shape {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Shape>>
  readonly additionalProperties?: Shape | boolean
  readonly anyOf?: readonly Shape[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
}

function place(flag: string, input: Fields, assignment: string, shape: Shape): void {
  const equals = assignment.indexOf('=')
  if (equals < 1)
    throw new UsageError(
      `--${flag} ${assignment} has no value; write --${flag} ${assignment.replace(/=.*$/, '') || 'key'}=<value>`,
    )
  const keys = assignment.slice(0, equals).split('.')
  const last = keys.pop()!
  let at = input
  for (const key of keys) {
    const inner = at[key]
    at = at[key] = isRecord(inner) ? inner : fields()
  }
  at[last] = valueAt([...keys, last].reduce<Shape>(part, shape), assignment.slice(equals + 1))
}

function part(shape: Shape, key: string): Shape {
  const inside = [shape, ...(shape.anyOf ?? [])]
  const named = inside.find(one => one.properties && Object.hasOwn(one.properties, key))?.properties?.[key]
  const other = inside.map(one => one.additionalProperties).find(one => typeof one === 'object')
  return named ?? other ?? {}
}

function valueAt(shape: Shape, value: string): unknown {
  if (takesString(shape)) return value
  try {
    return JSON.parse(value) as Json
  } catch {
    // It is no JSON, so it is a string; the flow's schema says so when it wants something else.
    return value
  }
}

function takesString({ type, anyOf = [], enum: choices = [], const: only }: Shape): boolean {
  return (
    [type].flat().includes('string') ||
    anyOf.some(takesString) ||
    [...choices, only].some(one => typeof one === 'string')
  )
}

/** Without a prototype, so that no key means anything else than a field. */
function fields(): Fields {
  return Object.create(null) as Fields
}

function copy(value: Fields): Fields {
  return Object.assign(
    fields(),
    Object.fromEntries(Object.entries(value).map(([key, item]) => [key, isRecord(item) ? copy(item) : item])),
  )
}
