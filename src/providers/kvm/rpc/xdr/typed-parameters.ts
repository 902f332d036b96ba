import { LibvirtProtocolError } from '../errors.ts'
import type { XdrReader } from './reader.ts'
import { list, type Shape, struct, text } from './shapes.ts'
import type { XdrWriter } from './writer.ts'

/** A value that says its own type: libvirt's way of adding facts without changing its protocol. */
export type TypedValue =
  | { readonly type: 'int' | 'uint' | 'double'; readonly value: number }
  | { readonly type: 'llong' | 'ullong'; readonly value: bigint }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }

/** A named value, such as `balloon.current`. */
export interface TypedParameter {
  readonly field: string
  readonly value: TypedValue
}

/** The types in the order of their numbers, from 1. */
const types = ['int', 'uint', 'llong', 'ullong', 'double', 'boolean', 'string'] as const

const typedValue: Shape<TypedValue> = {
  write(to, typed) {
    to.int(types.indexOf(typed.type) + 1)
    writeValue(to, typed)
  },
  read(from) {
    const number = from.int()
    const type = types[number - 1]
    if (type === undefined) throw new LibvirtProtocolError(`A typed parameter has the unknown type ${number}`)
    return readValue(from, type)
  },
}

function writeValue(to: XdrWriter, typed: TypedValue): void {
  switch (typed.type) {
    case 'int':
      to.int(typed.value)
      break
    case 'uint':
      to.uint(typed.value)
      break
    case 'llong':
      to.hyper(typed.value)
      break
    case 'ullong':
      to.uhyper(typed.value)
      break
    case 'double':
      to.double(typed.value)
      break
    case 'boolean':
      to.int(typed.value ? 1 : 0)
      break
    case 'string':
      to.text(typed.value)
  }
}

function readValue(from: XdrReader, type: TypedValue['type']): TypedValue {
  switch (type) {
    case 'int':
      return { type, value: from.int() }
    case 'uint':
      return { type, value: from.uint() }
    case 'llong':
      return { type, value: from.hyper() }
    case 'ullong':
      return { type, value: from.uhyper() }
    case 'double':
      return { type, value: from.double() }
    case 'boolean':
      return { type, value: from.int() !== 0 }
    case 'string':
      return { type, value: from.text() }
  }
}

/** A list of typed parameters, at most `limit`. */
export function typedParameters(limit: number): Shape<readonly TypedParameter[]> {
  return list(struct({ field: text, value: typedValue }), limit)
}

/**
 * The same as a record by name; of a name that stands twice the last one counts.
 *
 * @example
 * recordOf([{ field: 'state.state', value: { type: 'int', value: 1 } }]) // Map { 'state.state' => 1 }
 */
export function recordOf(
  parameters: readonly TypedParameter[],
): ReadonlyMap<string, string | number | bigint | boolean> {
  return new Map(parameters.map(({ field, value }) => [field, value.value]))
}
