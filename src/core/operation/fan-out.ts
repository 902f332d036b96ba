import type { Context } from '../context.ts'
import { type Host, type Hosts, narrow, withDefaults } from '../hosts.ts'
import type { Failure, Outcome } from '../outcome.ts'
import { accounted, hostsBefore, outcomeOf, remember } from './accounted.ts'
import { bind, type HostAtWork } from './host-at-work.ts'
import { inParallel } from './in-parallel.ts'

/** How the hosts of a step are reached, where it isn't for themselves to say. */
interface Reach {
  /** The transport, or which one takes the place of what a host names. */
  readonly via?: string | ((own: string) => string) | undefined
  /** Milliseconds that one which is not there is waited for, in addition to its time. */
  readonly wait?: number | undefined
}

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
  { via, wait = 0 }: Reach = {},
): Promise<Outcome<Hosts, T>> {
  const before = hostsBefore(data, context.step)
  const { on } = before
  const own = timeout ?? context.hosts.timeout
  context.progress({ kind: 'hosts', step: context.step, hosts: on.hosts.map(host => host.name) })
  const results = await inParallel(on.hosts, context.hosts.concurrency, host =>
    accounted(host.name, context, { timeout: own + wait }, allowed =>
      withHost(
        withDefaults(on, host),
        typeof via === 'function' ? via(host.via ?? on.via) : (via ?? host.via ?? on.via),
        context,
        { allowed, own, wait: Math.min(wait, allowed) },
        each,
      ),
    ),
  )
  return outcomeOf(before, results)
}

/**
 * The outcome of a step that changes hosts and whose process ended in the middle of it: every host that it acted
 * on is a failure with code `unknown`, and what earlier steps knew of the others stays.
 */
export function leftUnknown(data: unknown, step: string): Outcome<Hosts, never> {
  const { on, failure, left } = hostsBefore(data, step)
  const unknown = on.hosts.map(({ name }): Failure => {
    const message =
      'the process that acted on it ended before it wrote down an answer: it may have been changed, wholly or in part, or not at all; look at the host before doing it again'
    return remember({ host: name, code: 'unknown', step, message, detail: {} }, on)
  })
  return { on: narrow(on, new Set()), successful: [], failure: [...failure, ...unknown], left }
}

async function withHost<T>(
  host: Host,
  via: string,
  context: Context,
  { allowed, own, wait }: { readonly allowed: number; readonly own: number; readonly wait: number },
  each: (host: HostAtWork) => Promise<T>,
): Promise<T> {
  const { clock, signal } = context
  const latest = clock.now() + allowed
  const remote = await context.hosts.open(via, host, {
    signal,
    timeout: allowed,
    ...(wait > 0 ? { wait } : {}),
  })
  // What was not waited is not given to the work.
  const endsAt = wait > 0 ? Math.min(latest, clock.now() + own) : latest
  return each(bind(host, remote, signal, () => Math.max(1, endsAt - clock.now())))
}
