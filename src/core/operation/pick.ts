import { UnexpectedData } from '../errors.ts'
import { type Host, type Hosts, isHosts, narrow, unite } from '../hosts.ts'
import { type Failure, isOutcome, type Left, type Outcome, type Success } from '../outcome.ts'
import type { About, Closure } from '../step.ts'
import { closureDefinition, closureTask } from './closures.ts'
import { fromStep, type Operation } from './operation.ts'

/** One host's result as a predicate sees it: `ok` tells a success from a failure. */
export type HostResult<T> = ({ readonly ok: true } & Success<T>) | ({ readonly ok: false } & Failure)

/** Decides on one host by what became of it. */
export type HostPredicate<T> = (result: HostResult<T>, about: About) => boolean

/**
 * Hosts that did what they were asked.
 *
 * @example
 * pipe(ls(closet, '/'), pick(successful))
 */
export const successful = (result: HostResult<unknown>): boolean => result.ok

/**
 * Hosts that failed at any step so far; picking them lets the next step act on them.
 *
 * @example
 * pipe(ping(closet), pick(failed), nohup('/usr/local/bin/alarm'))
 */
export const failed = (result: HostResult<unknown>): boolean => !result.ok

const definition = closureDefinition('pick')

/**
 * Narrows what the next step acts on to the hosts that fit. The others stay accounted for: a failure stays a
 * failure, and a success that was not picked is listed in `left`.
 *
 * @example
 * pipe(exec(closet, 'df -P /'), pick(r => r.ok && r.value.stdout.includes('100%')), rm('/var/cache/junk', '-rf'))
 */
export function pick<On = Hosts, T = unknown>(
  predicate: HostPredicate<NoInfer<T>>,
): Operation<Outcome<On, T>, Outcome<On, T>> {
  const closure: Closure = (data, about, step) => choose(data, step, result => predicate(result, about))
  return fromStep(closureTask(definition, predicate, closure))
}

function choose(
  data: unknown,
  step: string,
  fits: (result: HostResult<any>) => boolean,
): Outcome<Hosts, unknown> {
  if (!isOutcome(data) || !isHosts(data.on)) {
    throw new UnexpectedData(
      `${step} narrows the outcome of a step that acts on hosts; it was given ${data === null ? 'nothing' : typeof data}`,
    )
  }
  const outcome = data as Outcome<Hosts, unknown>
  const kept = outcome.successful.filter(success => fits({ ok: true, ...success }))
  const latest = failuresAlone(outcome).filter(failure => fits({ ok: false, ...failure }))
  const keptNames = new Set([...kept, ...latest].map(result => result.host))
  const dropped = outcome.successful.filter(success => !keptNames.has(success.host))
  return {
    on: narrow(unite(outcome.on, targets(latest, outcome.on)), keptNames),
    successful: kept,
    failure: outcome.failure,
    left: [
      ...outcome.left,
      ...dropped.map((success): Left => ({ host: success.host, step, reason: 'not picked' })),
    ],
  }
}

/** The last failure of each host that has neither succeeded nor been left out since. */
function failuresAlone(outcome: Outcome<Hosts, unknown>): Failure[] {
  const since = new Set([...outcome.successful, ...outcome.left].map(result => result.host))
  const latest = new Map(outcome.failure.map(failure => [failure.host, failure]))
  return [...latest.values()].filter(failure => !since.has(failure.host))
}

function targets(failures: readonly Failure[], on: Hosts): Hosts {
  return { ...on, hosts: failures.map((failure): Host => failure.target ?? { name: failure.host }) }
}
