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

/**
 * All branches at once on the same data; answers the list of what they answered, in their order. A branch that
 * throws ends the others. Where the branches act on hosts, `merge()` makes one outcome of theirs.
 *
 * @example
 * pipe(parallel(exec(web, 'uptime'), exec(db, 'uptime')), merge(), pretty())
 */
export function parallel<const T extends readonly Operation<any, any>[]>(
  ...branches: T
): Operation<Inputs<T>, Outputs<T>> {
  if (branches.length === 0) throw new InvalidArguments('parallel takes at least one branch')
  return fromStep({ kind: 'parallel', label: 'parallel', branches: branches.map(branch => branch.step) })
}
