import type { Context, Progress } from '../context.ts'
import { ReopsError, UnexpectedData } from '../errors.ts'
import { type Host, type Hosts, isHosts, narrow, parseHosts, withDefaults } from '../hosts.ts'
import { findNotJson } from '../json.ts'
import { type Failure, isOutcome, type Outcome, type Success } from '../outcome.ts'
import { HostTrouble } from '../ports.ts'
import { bind, type HostAtWork } from './host-at-work.ts'
import { withinLimits } from './host-limit.ts'

type Result<T> = { readonly success: Success<T> } | { readonly failure: Failure }

/**
 * Does the same on each host, so many at once, and answers what became of every one of them. A host's trouble
 * becomes its failure; a wrong program (a `ReopsError`) ends the step. Hosts that had not begun when the run
 * was cancelled are failures too, so that nobody is missing.
 */
export async function fanOut<T>(
  data: unknown,
  context: Context,
  timeout: number | undefined,
  each: (host: HostAtWork) => Promise<T>,
): Promise<Outcome<Hosts, T>> {
  const { on, failure, left } = before(data, context.step)
  context.progress({ kind: 'hosts', step: context.step, hosts: on.hosts.map(host => host.name) })
  const results = await inParallel(on.hosts, context.hosts.concurrency, host =>
    atWork(withDefaults(on, host), host.via ?? on.via, context, timeout ?? context.hosts.timeout, each),
  )
  const successful = results.flatMap(result => ('success' in result ? [result.success] : []))
  const failed = results.flatMap(result => ('failure' in result ? [result.failure] : []))
  const reached = new Set(successful.map(success => success.host))
  return {
    on: narrow(on, reached),
    successful,
    failure: [...failure, ...failed.map(entry => remember(entry, on))],
    left,
  }
}

/**
 * The outcome of a step that changes hosts and whose process ended in the middle of it: every host that it acted
 * on is a failure with code `unknown`, and what earlier steps knew of the others stays.
 */
export function leftUnknown(data: unknown, step: string): Outcome<Hosts, never> {
  const { on, failure, left } = before(data, step)
  const unknown = on.hosts.map(({ name }): Failure => {
    const message =
      'the process that acted on it ended before it wrote down an answer: it may have been changed, wholly or in part, or not at all; look at the host before doing it again'
    return remember({ host: name, code: 'unknown', step, message, detail: {} }, on)
  })
  return { on: narrow(on, new Set()), successful: [], failure: [...failure, ...unknown], left }
}

/** The hosts to act on, and what earlier steps already know of the others. */
function before(data: unknown, step: string): Pick<Outcome<Hosts, unknown>, 'on' | 'failure' | 'left'> {
  if (isHosts(data)) return { on: parseHosts(data), failure: [], left: [] }
  if (isOutcome(data) && isHosts(data.on)) return { ...data, on: parseHosts(data.on) }
  throw new UnexpectedData(
    `${step} acts on hosts and was given ${data === null ? 'nothing' : `a ${Array.isArray(data) ? 'list' : typeof data}`}; start the pipeline with hosts(…), or hand on the outcome of a step that acts on hosts`,
  )
}

/** A host whose way is more than its name keeps it, so that `pick(failed)` can act on it again. */
function remember(failure: Failure, on: Hosts): Failure {
  const target = on.hosts.find(host => host.name === failure.host)
  return target && Object.keys(target).length > 1 ? { ...failure, target } : failure
}

/** Works on so many at once. A throw lets those under way finish, begins no other, and is thrown at the end. */
async function inParallel<A, B>(
  items: readonly A[],
  limit: number,
  work: (item: A) => Promise<B>,
): Promise<B[]> {
  const results = new Array<B>(items.length)
  const thrown: unknown[] = []
  let next = 0
  const worker = async () => {
    for (let index = next++; index < items.length && thrown.length === 0; index = next++) {
      try {
        results[index] = await work(items[index]!)
      } catch (error) {
        thrown.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker))
  if (thrown.length > 0) throw thrown[0]
  return results
}

async function atWork<T>(
  host: Host,
  via: string,
  context: Context,
  timeout: number,
  each: (host: HostAtWork) => Promise<T>,
): Promise<Result<T>> {
  const { step, clock, signal } = context
  const began = clock.now()
  const allowed = Math.max(0, Math.min(timeout, (context.deadline ?? Number.POSITIVE_INFINITY) - began))
  const ended = (code?: Failure['code']): Progress => ({
    kind: 'host-ended',
    step,
    host: host.name,
    ms: clock.now() - began,
    code,
  })
  try {
    if (signal.aborted) throw new HostTrouble('cancelled', 'cancelled before it began')
    if (allowed === 0) throw new HostTrouble('timeout', 'the time was over before it began')
    context.progress({ kind: 'host-started', step, host: host.name })
    const value = await withinLimits(withHost(host, via, context, allowed, each), { allowed, clock, signal })
    const problem = findNotJson(value === undefined ? null : value)
    if (problem)
      throw new HostTrouble(
        'exception',
        `${step} answered ${problem.found} at ${problem.path}, which JSON can't carry`,
      )
    context.progress(ended())
    return {
      success: { host: host.name, value: (value === undefined ? null : value) as T, ms: clock.now() - began },
    }
  } catch (error) {
    if (error instanceof ReopsError) throw error
    const failure = toFailure(host.name, step, error)
    context.progress(ended(failure.code))
    return { failure }
  }
}

async function withHost<T>(
  host: Host,
  via: string,
  context: Context,
  timeout: number,
  each: (host: HostAtWork) => Promise<T>,
): Promise<T> {
  const { clock, signal } = context
  const endsAt = clock.now() + timeout
  const remote = await context.hosts.open(via, host, { signal, timeout })
  return each(bind(host, remote, signal, () => Math.max(1, endsAt - clock.now())))
}

/** What an error means for a host: its trouble when it is one, an exception of the operation otherwise. */
function toFailure(host: string, step: string, error: unknown): Failure {
  if (error instanceof HostTrouble)
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
