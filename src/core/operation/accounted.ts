import type { Context, Progress } from '../context.ts'
import { ReopsError, UnexpectedData } from '../errors.ts'
import { type Hosts, isHosts, narrow, parseHosts } from '../hosts.ts'
import { findNotJson } from '../json.ts'
import { type Failure, isOutcome, type Outcome, type Success } from '../outcome.ts'
import { HostTrouble } from '../ports.ts'
import { SystemTrouble } from '../systems/trouble.ts'
import { withinLimits } from './host-limit.ts'

/** What became of one host at one step. */
export type Result<T> = { readonly success: Success<T> } | { readonly failure: Failure }

/** What a step acts on, and what earlier steps already know of the others. */
export type Before = Pick<Outcome<Hosts, unknown>, 'on' | 'failure' | 'left'>

/** The hosts to act on, and what earlier steps already know of the others. Throws `UnexpectedData`. */
export function hostsBefore(data: unknown, step: string): Before {
  if (isHosts(data)) return { on: parseHosts(data), failure: [], left: [] }
  if (isOutcome(data) && isHosts(data.on)) return { ...data, on: parseHosts(data.on) }
  throw new UnexpectedData(
    `${step} acts on hosts and was given ${data === null ? 'nothing' : `a ${Array.isArray(data) ? 'list' : typeof data}`}; start the pipeline with hosts(…), or hand on the outcome of a step that acts on hosts`,
  )
}

/** The outcome of a step that acted on every host of `before`. */
export function outcomeOf<T>(before: Before, results: readonly Result<T>[]): Outcome<Hosts, T> {
  const successful = results.flatMap(result => ('success' in result ? [result.success] : []))
  const failed = results.flatMap(result => ('failure' in result ? [result.failure] : []))
  return {
    on: narrow(before.on, new Set(successful.map(success => success.host))),
    successful,
    failure: [...before.failure, ...failed.map(entry => remember(entry, before.on))],
    left: before.left,
  }
}

/** A host whose way is more than its name keeps it, so that `pick(failed)` can act on it again. */
export function remember(failure: Failure, on: Hosts): Failure {
  const target = on.hosts.find(host => host.name === failure.host)
  return target && Object.keys(target).length > 1 ? { ...failure, target } : failure
}

/**
 * Works on one host within its time, tells of its progress, and makes its trouble its failure. `work` is given the
 * milliseconds that it may take. A wrong program (a `ReopsError`) is thrown.
 */
export async function accounted<T>(
  host: string,
  context: Context,
  limits: { readonly timeout: number; readonly grace?: number },
  work: (allowed: number) => Promise<T>,
): Promise<Result<T>> {
  const { step, clock, signal } = context
  const began = clock.now()
  const allowed = Math.max(
    0,
    Math.min(limits.timeout, (context.deadline ?? Number.POSITIVE_INFINITY) - began),
  )
  const ended = (code?: Failure['code']): Progress => ({
    kind: 'host-ended',
    step,
    host,
    ms: clock.now() - began,
    code,
  })
  try {
    if (signal.aborted) throw new HostTrouble('cancelled', 'cancelled before it began')
    if (allowed === 0) throw new HostTrouble('timeout', 'the time was over before it began')
    context.progress({ kind: 'host-started', step, host })
    const value = await withinLimits(work(allowed), { ...limits, allowed, clock, signal })
    const problem = findNotJson(value === undefined ? null : value)
    if (problem)
      throw new HostTrouble(
        'exception',
        `${step} answered ${problem.found} at ${problem.path}, which JSON can't carry`,
      )
    context.progress(ended())
    return { success: { host, value: (value === undefined ? null : value) as T, ms: clock.now() - began } }
  } catch (error) {
    if (error instanceof ReopsError) throw error
    const failure = toFailure(host, step, error)
    context.progress(ended(failure.code))
    return { failure }
  }
}

/** What an error means for a host: its trouble when it is one, an exception of the operation otherwise. */
function toFailure(host: string, step: string, error: unknown): Failure {
  if (error instanceof HostTrouble || error instanceof SystemTrouble)
    return { host, code: error.code, step, message: error.message, detail: error.detail }
  const message = error instanceof Error ? error.message : String(error)
  return {
    host,
    code: 'exception',
    step,
    message,
    detail: error instanceof Error && error.stack ? { stack: error.stack } : {},
  }
}
