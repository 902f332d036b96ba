import { InvalidArguments, UnexpectedData } from '../errors.ts'
import { type Hosts, unite } from '../hosts.ts'
import { closureDefinition, closureTask } from '../operation/closures.ts'
import { fromStep, type Operation } from '../operation/operation.ts'
import { isOutcome, type Outcome } from '../outcome.ts'

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

const mergeDefinition = closureDefinition('merge')

/**
 * Makes one outcome of several. A host that stands in more than one keeps every failure, and its last value.
 *
 * @example
 * pipe(parallel(ping(web), ping(db)), merge(), pretty())
 */
export function merge<T>(): Operation<readonly Outcome<Hosts, T>[], Outcome<Hosts, T>> {
  return fromStep(
    closureTask(mergeDefinition, { name: '' }, (data, _about, step) => mergeOutcomes(data, step)),
  )
}

function mergeOutcomes(data: unknown, step: string): Outcome<Hosts, unknown> {
  if (!Array.isArray(data) || data.length === 0 || !data.every(isOutcome)) {
    throw new UnexpectedData(
      `${step} makes one outcome of several; it needs a list of outcomes, as parallel and each answer them`,
    )
  }
  return (data as Outcome<Hosts, unknown>[]).reduce((a, b) => ({
    on: unite(a.on, b.on),
    successful: [
      ...a.successful.filter(one => !b.successful.some(other => other.host === one.host)),
      ...b.successful,
    ],
    failure: [...a.failure, ...b.failure],
    left: [...a.left, ...b.left],
  }))
}
