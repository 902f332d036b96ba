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

/** What both branches were given begins both of their outcomes, and stands once in the merged one. */
function mergeTwo(a: Outcome<Hosts, unknown>, b: Outcome<Hosts, unknown>): Outcome<Hosts, unknown> {
  const failures = sharedStart(a.failure, b.failure)
  const left = sharedStart(a.left, b.left)
  const [newA, newB] = [a.failure.slice(failures), b.failure.slice(failures)]
  const reachedB = names(b.successful)
  const reach = sharesWay(a.on, b.on) ? (failure: Failure) => failure : withTarget
  return {
    on: unite(a.on, b.on),
    successful: [...a.successful.filter(notIn(reachedB)), ...b.successful],
    failure: [...a.failure.map(one => reach(one, a.on)), ...newB.map(one => reach(one, b.on))],
    left: [
      ...a.left.slice(0, left),
      ...a.left.slice(left).filter(notIn(names([...b.successful, ...newB]))),
      ...b.left.slice(left).filter(notIn(names([...a.successful, ...newA]))),
    ],
  }
}

/** Where collections are reached in different ways, a failure remembers its host's, so that it can be picked. */
function withTarget(failure: Failure, on: Hosts): Failure {
  return { ...failure, target: withWay(on, failure.target ?? { name: failure.host }) }
}

/** How many entries two lists begin with alike. Outcomes only grow, so that is what they had in common. */
function sharedStart(a: readonly unknown[], b: readonly unknown[]): number {
  const differs = a.findIndex((one, index) => JSON.stringify(one) !== JSON.stringify(b[index]))
  return differs === -1 ? a.length : differs
}

function names(results: readonly { readonly host: string }[]): Set<string> {
  return new Set(results.map(result => result.host))
}

function notIn(hosts: ReadonlySet<string>) {
  return (result: { readonly host: string }) => !hosts.has(result.host)
}
