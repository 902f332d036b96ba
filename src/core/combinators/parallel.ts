import { InvalidArguments } from '../errors.ts'
import { fromStep, type Operation } from '../operation/operation.ts'

type Inputs<T extends readonly Operation<any, any>[]> = {
  [K in keyof T]: T[K] extends Operation<infer I, any> ? (input: I) => void : never
}[number] extends (input: infer I) => void
  ? I
  : never
type Outputs<T extends readonly Operation<any, any>[]> = {
  -readonly [K in keyof T]: T[K] extends Operation<any, infer O> ? O : never
}

/** What a branch is given is said by what is before it, not by the branch. */
type Branch<I, O> = Operation<NoInfer<I>, O>

/**
 * All branches at once on the same data; answers the list of what they answered, in their order. A branch that
 * throws ends the others. Where the branches act on hosts, `merge()` makes one outcome of theirs.
 *
 * @example
 * pipe(parallel(exec(web, 'uptime'), exec(db, 'uptime')), merge(), pretty())
 */
export function parallel<I, A>(a: Branch<I, A>): Operation<I, [A]>
export function parallel<I, A, B>(a: Branch<I, A>, b: Branch<I, B>): Operation<I, [A, B]>
export function parallel<I, A, B, C>(
  a: Branch<I, A>,
  b: Branch<I, B>,
  c: Branch<I, C>,
): Operation<I, [A, B, C]>
export function parallel<I, A, B, C, D>(
  a: Branch<I, A>,
  b: Branch<I, B>,
  c: Branch<I, C>,
  d: Branch<I, D>,
): Operation<I, [A, B, C, D]>
export function parallel<I, A, B, C, D, E>(
  a: Branch<I, A>,
  b: Branch<I, B>,
  c: Branch<I, C>,
  d: Branch<I, D>,
  e: Branch<I, E>,
): Operation<I, [A, B, C, D, E]>
export function parallel<I, A, B, C, D, E, F>(
  a: Branch<I, A>,
  b: Branch<I, B>,
  c: Branch<I, C>,
  d: Branch<I, D>,
  e: Branch<I, E>,
  f: Branch<I, F>,
): Operation<I, [A, B, C, D, E, F]>
export function parallel<const T extends readonly Operation<any, any>[]>(
  ...branches: T
): Operation<Inputs<T>, Outputs<T>>
export function parallel(...branches: Operation<any, any>[]): Operation<any, any> {
  if (branches.length === 0) throw new InvalidArguments('parallel takes at least one branch')
  return fromStep({ kind: 'parallel', label: 'parallel', branches: branches.map(branch => branch.step) })
}
