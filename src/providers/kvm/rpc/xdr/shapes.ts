import { InvalidArguments } from '../../../../core/errors.ts'
import type { XdrReader } from './reader.ts'
import type { XdrWriter } from './writer.ts'

/** How a value stands on the wire. What is given may be looser than what is answered: `In` and `Out`. */
export interface Shape<Out, In = Out> {
  write(writer: XdrWriter, value: In): void
  read(reader: XdrReader): Out
}

/** The type that a shape answers with. */
export type OutOf<S> = S extends Shape<infer Out, never> ? Out : never
/** The type that a shape takes. */
export type InOf<S> = S extends { write(writer: XdrWriter, value: infer In): void } ? In : never

/** Any shape at all, to hold tables of them. */
export type AnyShape = Shape<any, any>

type Fields = Readonly<Record<string, AnyShape>>
type Mandatory<F extends Fields> = { [K in keyof F]: undefined extends InOf<F[K]> ? never : K }[keyof F]
type Optional<F extends Fields> = {
  [K in keyof F]: undefined extends InOf<F[K]> ? ([InOf<F[K]>] extends [undefined] ? never : K) : never
}[keyof F]
type Flat<T> = { [K in keyof T]: T[K] }

export type StructOut<F extends Fields> = { readonly [K in keyof F]: OutOf<F[K]> }
export type StructIn<F extends Fields> = Flat<
  { readonly [K in Mandatory<F>]: InOf<F[K]> } & { readonly [K in Optional<F>]?: InOf<F[K]> }
>

export const int: Shape<number> = { write: (to, value) => to.int(value), read: from => from.int() }
export const uint: Shape<number> = { write: (to, value) => to.uint(value), read: from => from.uint() }
export const double: Shape<number> = { write: (to, value) => to.double(value), read: from => from.double() }
export const text: Shape<string> = { write: (to, value) => to.text(value), read: from => from.text() }

/** 64 bits. Answered as a bigint, since libvirt uses them all: its word for unlimited is 2⁶⁴−1. */
export const hyper: Shape<bigint, bigint | number> = {
  write: (to, value) => to.hyper(value),
  read: from => from.hyper(),
}
export const uhyper: Shape<bigint, bigint | number> = {
  write: (to, value) => to.uhyper(value),
  read: from => from.uhyper(),
}

/** A C truth value: anything but 0 is true. */
export const bool: Shape<boolean> = {
  write: (to, value) => to.int(value ? 1 : 0),
  read: from => from.int() !== 0,
}

/** Bits that may be left out: none of them is the default. */
export const flags: Shape<number, number | undefined> = {
  write: (to, value) => to.uint(value ?? 0),
  read: from => from.uint(),
}

/** A number that the protocol wants and nobody has to choose. */
export function always(value: number): Shape<number, undefined> {
  return { write: to => to.int(value), read: from => from.int() }
}

const uuidText = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Sixteen bytes, shown as people write them. */
export const uuid: Shape<string> = {
  write(to, value) {
    if (!uuidText.test(value))
      throw new InvalidArguments(`${JSON.stringify(value).slice(0, 80)} is no UUID such as 6ba7b810-9dad-…`)
    to.opaque(Buffer.from(value.replaceAll('-', ''), 'hex'))
  },
  read: from =>
    from
      .opaque(16)
      .toString('hex')
      .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
}

/** Characters of a fixed array, each of which XDR gives four bytes; the text ends at the first NUL. */
export function characters(length: number): Shape<string> {
  return {
    write(to, value) {
      for (let at = 0; at < length; at++) to.int(value.charCodeAt(at) || 0)
    },
    read(from) {
      const codes = Array.from({ length }, () => from.int() & 0xff)
      const end = codes.indexOf(0)
      return Buffer.from(end === -1 ? codes : codes.slice(0, end)).toString('utf8')
    },
  }
}

/** A value that may be missing. */
export function maybe<Out, In>(shape: Shape<Out, In>): Shape<Out | undefined, In | undefined> {
  return {
    write(to, value) {
      to.uint(value === undefined ? 0 : 1)
      if (value !== undefined) shape.write(to, value)
    },
    read: from => (from.present() ? shape.read(from) : undefined),
  }
}

/** A list of at most `limit` values. */
export function list<Out, In>(shape: Shape<Out, In>, limit: number): Shape<readonly Out[], readonly In[]> {
  return {
    write(to, values) {
      if (values.length > limit)
        throw new InvalidArguments(`libvirt takes a list of at most ${limit} here, not ${values.length}`)
      to.uint(values.length)
      for (const value of values) shape.write(to, value)
    },
    read(from) {
      const count = from.count(limit)
      const values: Out[] = []
      for (let at = 0; at < count; at++) values.push(shape.read(from))
      return values
    },
  }
}

/** Named values, one after the other in the order in which they stand here. */
export function struct<const F extends Fields>(fields: F): Shape<StructOut<F>, StructIn<F>> {
  const entries = Object.entries(fields)
  return {
    write(to, value) {
      for (const [name, shape] of entries) shape.write(to, (value as Record<string, unknown>)[name])
    },
    read(from) {
      const value: Record<string, unknown> = {}
      for (const [name, shape] of entries) value[name] = shape.read(from)
      return value as StructOut<F>
    },
  }
}
