import { UnexpectedData } from '../errors.ts'
import { type Hosts, isHosts, narrow } from '../hosts.ts'
import { findNotJson } from '../json.ts'
import { type Failure, isOutcome, type Outcome, type Success } from '../outcome.ts'
import type { About, Closure } from '../step.ts'
import { closureDefinition, closureTask } from './closures.ts'
import { fromStep, type Operation } from './operation.ts'

const mapDefinition = closureDefinition('map')
const transformDefinition = closureDefinition('transform')

/** What `map` tells its function besides the value. */
export interface AboutHost extends About {
  readonly host: string
}

/**
 * Changes the value of each host that succeeded. A function that throws for one host makes that host's failure,
 * with code `exception`; the others go on.
 *
 * @example
 * pipe(exec(closet, 'nproc'), map(value => Number(value.stdout)), pretty())
 */
export function map<On = Hosts, T = unknown, U = unknown>(
  change: (value: T, about: AboutHost) => U | Promise<U>,
): Operation<Outcome<On, T>, Outcome<On, U>> {
  const closure: Closure = (data, about, step) =>
    mapOutcome(data, step, (value, host) => change(value as T, { ...about, host }))
  return fromStep(closureTask(mapDefinition, change, closure))
}

/**
 * Changes the data as a whole: an outcome to a number, an input to hosts, anything that survives JSON. What it
 * throws ends the execution, unless `recover` catches it.
 *
 * @example
 * pipe(ping(closet), transform(outcome => outcome.successful.length))
 */
export function transform<I, O>(change: (data: I, about: About) => O | Promise<O>): Operation<I, O> {
  return fromStep(closureTask(transformDefinition, change, change as Closure))
}

async function mapOutcome(
  data: unknown,
  step: string,
  change: (value: unknown, host: string) => unknown,
): Promise<Outcome<Hosts, unknown>> {
  if (!isOutcome(data) || !isHosts(data.on)) {
    throw new UnexpectedData(
      `${step} changes the values of an outcome; it was given ${data === null ? 'nothing' : typeof data}. To change other data, use transform(…)`,
    )
  }
  const outcome = data as Outcome<Hosts, unknown>
  const results = await Promise.all(outcome.successful.map(success => changeOne(success, step, change)))
  const kept = results.filter(result => 'value' in result)
  return {
    on: narrow(outcome.on, new Set(kept.map(success => success.host))),
    successful: kept,
    failure: [...outcome.failure, ...results.filter(result => 'code' in result)],
    left: outcome.left,
  }
}

async function changeOne(
  success: Success<unknown>,
  step: string,
  change: (value: unknown, host: string) => unknown,
): Promise<Success<unknown> | Failure> {
  try {
    const value = await change(success.value, success.host)
    const problem = findNotJson(value)
    if (!problem) return { ...success, value }
    return failure(
      success.host,
      step,
      `${step} answered ${problem.found} at ${problem.path}, which JSON can't carry`,
    )
  } catch (error) {
    return failure(success.host, step, error instanceof Error ? error.message : String(error))
  }
}

function failure(host: string, step: string, message: string): Failure {
  return { host, code: 'exception', step, message, detail: {} }
}
