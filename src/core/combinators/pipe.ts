import { InvalidArguments } from '../errors.ts'
import { fromStep, isOperation, type Operation } from '../operation/operation.ts'
import type { Ended, Passed } from '../skipped.ts'
import type { Step } from '../step.ts'

type Op<I, O> = Operation<I, O>

/**
 * One after the other: each step gets what the one before answers, and a step that doesn't accept it is a
 * compile error. Pipes nest freely and mean the same however they are nested.
 *
 * @example
 * await run(pipe(ls(closet, '/', '-la'), pick(successful), pretty()))
 */
export function pipe<A, B>(a: Op<A, B>): Op<A, B>
export function pipe<A, B, C>(a: Op<A, B>, b: Op<Passed<B>, C>): Op<A, C | Ended<B>>
export function pipe<A, B, C, D>(
  a: Op<A, B>,
  b: Op<Passed<B>, C>,
  c: Op<Passed<C>, D>,
): Op<A, D | Ended<B | C>>
export function pipe<A, B, C, D, E>(
  a: Op<A, B>,
  b: Op<Passed<B>, C>,
  c: Op<Passed<C>, D>,
  d: Op<Passed<D>, E>,
): Op<A, E | Ended<B | C | D>>
export function pipe<A, B, C, D, E, F>(
  a: Op<A, B>,
  b: Op<Passed<B>, C>,
  c: Op<Passed<C>, D>,
  d: Op<Passed<D>, E>,
  e: Op<Passed<E>, F>,
): Op<A, F | Ended<B | C | D | E>>
export function pipe<A, B, C, D, E, F, G>(
  a: Op<A, B>,
  b: Op<Passed<B>, C>,
  c: Op<Passed<C>, D>,
  d: Op<Passed<D>, E>,
  e: Op<Passed<E>, F>,
  f: Op<Passed<F>, G>,
): Op<A, G | Ended<B | C | D | E | F>>
export function pipe<A, B, C, D, E, F, G, H>(
  a: Op<A, B>,
  b: Op<Passed<B>, C>,
  c: Op<Passed<C>, D>,
  d: Op<Passed<D>, E>,
  e: Op<Passed<E>, F>,
  f: Op<Passed<F>, G>,
  g: Op<Passed<G>, H>,
): Op<A, H | Ended<B | C | D | E | F | G>>
export function pipe<A, B, C, D, E, F, G, H, I>(
  a: Op<A, B>,
  b: Op<Passed<B>, C>,
  c: Op<Passed<C>, D>,
  d: Op<Passed<D>, E>,
  e: Op<Passed<E>, F>,
  f: Op<Passed<F>, G>,
  g: Op<Passed<G>, H>,
  h: Op<Passed<H>, I>,
): Op<A, I | Ended<B | C | D | E | F | G | H>>
export function pipe<A, const T extends readonly Op<any, any>[]>(
  a: Op<A, any>,
  ...rest: T & Chained<[Op<A, any>, ...T]>
): Op<A, Result<T>>
export function pipe(...operations: Op<any, any>[]): Op<any, any> {
  if (operations.length === 0) throw new InvalidArguments('pipe takes at least one operation')
  operations.forEach((operation, index) => {
    if (isOperation(operation)) return
    throw new InvalidArguments(
      `pipe: argument ${index + 1} is not an operation${typeof operation === 'function' ? '; call it, or wrap a function of your own in map(…) or transform(…)' : ''}`,
    )
  })
  const steps = operations.flatMap(({ step }): readonly Step[] =>
    step.kind === 'pipe' ? step.steps : [step],
  )
  return fromStep(steps.length === 1 ? steps[0]! : { kind: 'pipe', steps })
}

type In<T> = T extends Op<infer I, any> ? I : never
type Out<T> = T extends Op<any, infer O> ? O : never

/** For longer pipes: every step after the first, where it accepts the one before, and an error where not. */
type Chained<T extends readonly unknown[]> = T extends readonly [infer P, infer N, ...infer R]
  ? [Passed<Out<P>>] extends [In<N>]
    ? readonly [N, ...Chained<readonly [N, ...R]>]
    : readonly [Op<Passed<Out<P>>, any>, ...R]
  : readonly []

type Result<T extends readonly unknown[]> = T extends readonly [...infer R, infer L]
  ? Out<L> | Ended<Out<R[number]>>
  : never
