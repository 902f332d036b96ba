import type { Json } from '../core/json.ts'
import { EvaluationFailure } from './errors.ts'
import { expressionIn, prepareTemplate, type Scene } from './template.ts'

/** What a field must give. AWS names these types in its errors. */
interface Types {
  readonly array: readonly Json[]
  readonly boolean: boolean
  readonly integer: number
  readonly number: number
  readonly string: string
}

export type TypedField<T> = (scene: Scene) => T | Promise<T>

const accepts: { readonly [T in keyof Types]: (value: Json) => boolean } = {
  array: Array.isArray,
  boolean: value => typeof value === 'boolean',
  integer: value => typeof value === 'number' && Number.isInteger(value) && value >= 0,
  number: value => typeof value === 'number' && value >= 0,
  string: value => typeof value === 'string',
}

/** Prepares a field that must give a certain type; `integer` and `number` are not negative. */
export function prepareTyped<T extends keyof Types>(
  field: Json,
  location: string,
  type: T,
): TypedField<Types[T]> {
  const template = prepareTemplate(field, location)
  const check = (value: Json): Types[T] => {
    if (accepts[type](value)) return value as unknown as Types[T]
    throw new EvaluationFailure(location, unexpected(field, location, type, value))
  }
  return scene => {
    const value = template(scene)
    return value instanceof Promise ? value.then(check) : check(value)
  }
}

function unexpected(field: Json, location: string, type: keyof Types, value: Json): string {
  const source = typeof field === 'string' ? expressionIn(field) : undefined
  const found = `Expected '${type}', but was '${typeOf(value)}' for value: ${JSON.stringify(value)}`
  return source === undefined
    ? `The field '${location}' has an unexpected type. ${found}`
    : `The JSONata expression '${source}' specified for the field '${location}' returned an unexpected result type. ${found}`
}

function typeOf(value: Json): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
