import * as z from 'zod'
import { type Hosts, isHosts, narrow } from '../hosts.ts'
import { failureCodes, isOutcome, type Outcome } from '../outcome.ts'
import { isSkipped } from '../skipped.ts'
import { define } from './operation.ts'

/**
 * What a loop over hosts knows between two attempts: what went in, what is known so far, and what the attempt
 * answered.
 */
interface Loop {
  readonly before: unknown
  readonly prior: Outcome<Hosts, unknown> | null
  readonly now: unknown
  readonly attempt: number
}

/** `again` says whether some hosts are to be done again after `seconds`; `next` is what they are done with. */
interface Settled {
  readonly again: boolean
  readonly seconds: number
  readonly next: unknown
  readonly outcome: unknown
}

const schema = z.strictObject({
  attempts: z.int(),
  seconds: z.number(),
  backoff: z.number(),
  maxSeconds: z.number(),
  jitter: z.boolean(),
  codes: z.array(z.enum(failureCodes)),
  via: z.string().optional(),
  /** Only failures at these steps count, where a later step's failure means that something was executed. */
  onlyAt: z.array(z.string()).optional(),
})

/**
 * Decides after an attempt of `retry` or `fallback` which hosts go again, and makes one outcome of all attempts.
 * A host that went again is known by its latest attempt; everyone else stays as they are.
 */
export const settle = define({
  name: 'settle',
  site: 'code',
  effect: 'read',
  schema,
  handle: ({ before, prior, now, attempt }: Loop, policy, { deadline, clock }): Settled => {
    const answer = isSkipped(now) ? now.data : now
    if (!isOutcome(answer) || !isHosts(answer.on) || !(isHosts(before) || isOutcome(before))) return done(now)
    const latest = answer as Outcome<Hosts, unknown>
    const outcome = prior ? replace(before, prior, latest, attempt) : latest
    if (isSkipped(now)) return done({ ...now, data: outcome })
    const names = worthAnother(before, outcome, policy)
    const late = deadline !== undefined && clock.now() >= deadline
    if (names.size === 0 || late || attempt >= policy.attempts) return done(outcome)
    return {
      again: true,
      seconds: delay(attempt, policy),
      next: narrowed(before, names, policy.via),
      outcome,
    }
  },
})

function done(outcome: unknown): Settled {
  return { again: false, seconds: 0, next: null, outcome }
}

/** How many failures there were before the loop began; they come first in every outcome that it makes. */
function earlierFailures(before: unknown): number {
  return isOutcome(before) ? before.failure.length : 0
}

/** The hosts of this loop that have no success and whose last failure is one that another attempt may heal. */
function worthAnother(
  before: unknown,
  outcome: Outcome<Hosts, unknown>,
  policy: z.output<typeof schema>,
): Set<string> {
  const reached = new Set(outcome.successful.map(success => success.host))
  const went = new Set(hostsOf(before).hosts.map(host => host.name))
  const own = outcome.failure.slice(earlierFailures(before))
  const last = new Map(own.map(failure => [failure.host, failure]))
  const worth = [...last.values()].filter(
    ({ host, code, step }) =>
      went.has(host) &&
      !reached.has(host) &&
      policy.codes.includes(code) &&
      (policy.onlyAt === undefined || policy.onlyAt.includes(step)),
  )
  return new Set(worth.map(failure => failure.host))
}

function hostsOf(data: unknown): Hosts {
  return isHosts(data) ? data : (data as Outcome<Hosts, unknown>).on
}

/** Exponential backoff with full jitter, in whole seconds and never less than one. */
function delay(attempt: number, { seconds, backoff, maxSeconds, jitter }: z.output<typeof schema>): number {
  const most = Math.min(maxSeconds, seconds * backoff ** (attempt - 1))
  return Math.max(1, Math.round(jitter ? Math.random() * most : most))
}

function narrowed(before: unknown, names: ReadonlySet<string>, via: string | undefined): unknown {
  const on = narrow(hostsOf(before), names)
  const next = via === undefined ? on : { ...on, hosts: on.hosts.map(host => ({ ...host, via })) }
  if (isHosts(before)) return next
  const earlier = before as Outcome<Hosts, unknown>
  return {
    on: next,
    successful: earlier.successful.filter(success => names.has(success.host)),
    failure: [],
    left: [],
  }
}

/** One outcome of two attempts: hosts that went again are known by the later one, earlier steps' failures stay. */
function replace(
  before: unknown,
  prior: Outcome<Hosts, unknown>,
  now: Outcome<Hosts, unknown>,
  attempt: number,
): Outcome<Hosts, unknown> {
  const again = new Set([...now.successful, ...now.failure, ...now.left].map(result => result.host))
  const stays = (result: { readonly host: string }) => !again.has(result.host)
  const earlier = earlierFailures(before)
  const reached = new Map(
    [...prior.on.hosts.filter(host => !again.has(host.name)), ...now.on.hosts].map(host => [host.name, host]),
  )
  return {
    on: { ...prior.on, hosts: hostsOf(before).hosts.flatMap(host => reached.get(host.name) ?? []) },
    successful: [...prior.successful.filter(stays), ...now.successful],
    failure: [
      ...prior.failure.slice(0, earlier),
      ...prior.failure.slice(earlier).filter(stays),
      ...now.failure.map(failure => ({ ...failure, message: `${failure.message} (attempt ${attempt})` })),
    ],
    left: [...prior.left.filter(stays), ...now.left],
  }
}
