import { UnexpectedData } from '../errors.ts'
import { type Hosts, sharesWay, unite, withWay } from '../hosts.ts'
import { closureDefinition, closureTask } from '../operation/closures.ts'
import { fromStep, type Operation } from '../operation/operation.ts'
import { type Failure, isOutcome, type Outcome } from '../outcome.ts'

const definition = closureDefinition('merge')

/**
 * Makes one outcome of several. A host that stands in more than one keeps every failure, and its last value.
 *
 * @example
 * pipe(parallel(ping(web), ping(db)), merge(), pretty())
 */
export function merge<L extends readonly Outcome<Hosts, unknown>[]>(): Operation<
  L,
  Outcome<Hosts, L[number]['successful'][number]['value']>
> {
  return fromStep(closureTask(definition, { name: '' }, (data, _about, step) => mergeAll(data, step)))
}

function mergeAll(data: unknown, step: string): Outcome<Hosts, unknown> {
  if (!Array.isArray(data) || data.length === 0 || !data.every(isOutcome)) {
    throw new UnexpectedData(
      `${step} makes one outcome of several; it needs a list of outcomes, as parallel and each answer them`,
    )
  }
  return (data as Outcome<Hosts, unknown>[]).reduce(mergeTwo)
}

/** What both branches were given stands in both of their outcomes, and once in the merged one. */
function mergeTwo(a: Outcome<Hosts, unknown>, b: Outcome<Hosts, unknown>): Outcome<Hosts, unknown> {
  const apart = !sharesWay(a.on, b.on)
  const [failureA, failureB] = [a, b].map(({ on, failure }) =>
    apart ? failure.map(one => withTarget(one, on)) : failure,
  ) as [Failure[], Failure[]]
  const newA = without(failureA, failureB)
  const newB = without(failureB, failureA)
  const reachedB = names(b.successful)
  const leftOnlyInA = without(a.left, b.left).filter(notIn(names([...b.successful, ...newB])))
  const leftOnlyInB = without(b.left, a.left).filter(notIn(names([...a.successful, ...newA])))
  return {
    on: unite(a.on, b.on),
    successful: [...a.successful.filter(notIn(reachedB)), ...b.successful],
    failure: [...failureA, ...newB],
    left: [...without(a.left, without(a.left, b.left)), ...leftOnlyInA, ...leftOnlyInB],
  }
}

/** Where collections are reached in different ways, a failure remembers its host's, so that it can be picked. */
function withTarget(failure: Failure, on: Hosts): Failure {
  return { ...failure, target: withWay(on, failure.target ?? { name: failure.host }) }
}

/** Those of a list that the other doesn't hold as well. */
function without<T>(list: readonly T[], other: readonly T[]): T[] {
  const known = new Set(other.map(one => JSON.stringify(one)))
  return list.filter(one => !known.has(JSON.stringify(one)))
}

function names(results: readonly { readonly host: string }[]): Set<string> {
  return new Set(results.map(result => result.host))
}

function notIn(hosts: ReadonlySet<string>) {
  return (result: { readonly host: string }) => !hosts.has(result.host)
}
