import type { AnyShape, InOf, OutOf, Shape } from '../xdr/shapes.ts'
import { struct } from '../xdr/shapes.ts'

/** One procedure of libvirt's remote program: its number, and what goes there and comes back. */
export interface Procedure<Input extends AnyShape = AnyShape, Answer extends AnyShape = AnyShape> {
  readonly number: number
  readonly input: Input
  readonly answer: Answer
}

type Fields = Readonly<Record<string, AnyShape>>
type Struct<F extends Fields> = ReturnType<typeof struct<F>>

/** A body of no bytes. */
type Nothing = Shape<undefined, undefined>
const nothing: Nothing = { write: () => undefined, read: () => undefined }

/** Describes a procedure that answers with nothing but its success. */
export function procedure<const I extends Fields>(number: number, input: I): Procedure<Struct<I>, Nothing>
export function procedure<const I extends Fields, const A extends Fields>(
  number: number,
  input: I,
  answer: A,
): Procedure<Struct<I>, Struct<A>>
export function procedure(number: number, input: Fields, answer?: Fields): Procedure {
  return { number, input: struct(input), answer: answer === undefined ? nothing : struct(answer) }
}

/** What a procedure takes and answers. */
export type InputOf<P extends Procedure> = InOf<P['input']>
export type AnswerOf<P extends Procedure> = OutOf<P['answer']>
