import * as z from 'zod'
import { type Duration, toSeconds } from '../duration.ts'
import { explainIssues, InvalidArguments } from '../errors.ts'
import { transportName } from '../hosts.ts'
import { fromStep, type Operation } from '../operation/operation.ts'
import { failureCodes } from '../outcome.ts'

const duration = z.custom<Duration>(value => typeof value === 'string' || typeof value === 'number')

/** A leap year, in seconds: what Step Functions takes as MaxDelaySeconds. */
const longestDelay = 31_622_400

const policy = z.strictObject({
  /** How often at the most, the first time included. */
  attempts: z.int().min(2).max(100).default(3),
  /** The wait before the second attempt. */
  every: duration.default('1s'),
  /** What each further wait is multiplied by. */
  backoff: z.number().min(1).max(10).default(2),
  /** The longest wait. */
  max: duration.default('1m'),
  /** Full jitter, so that many that fail together don't come back together. */
  jitter: z.boolean().default(true),
  /** Which failures of hosts are worth another attempt. A wrong key stays wrong, and `unknown` may have run. */
  codes: z.array(z.enum(failureCodes)).default(['unreachable', 'timeout', 'exit', 'exception']),
})

/** How often, how fast and for which failures. */
export type RetryOptions = z.input<typeof policy>

/**
 * Repeats what failed, with growing waits: of hosts only those that failed, with a code that is worth it, and of
 * other steps those that threw an error that says that it may heal. A host that failed at every attempt has its
 * last failure in the outcome, with the number of attempts in its message.
 *
 * @example
 * pipe(retry(exec(closet, 'curl -fsS http://mirror/ping'), { attempts: 5, every: '2s' }), pretty())
 */
export function retry<I, O>(operation: Operation<I, O>, options: RetryOptions = {}): Operation<I, O> {
  const parsed = policy.safeParse(options)
  if (!parsed.success) throw new InvalidArguments(`retry: ${explainIssues(parsed.error.issues)}`)
  const { attempts, every, backoff, max, jitter, codes } = parsed.data
  const maxSeconds = toSeconds(max, 'retry max')
  if (maxSeconds > longestDelay)
    throw new InvalidArguments(
      `retry max is ${max}; Step Functions waits ${longestDelay}s between attempts at most`,
    )
  return fromStep({
    kind: 'retry',
    body: operation.step,
    policy: {
      attempts,
      seconds: toSeconds(every, 'retry every'),
      backoff,
      maxSeconds,
      jitter,
      codes,
    },
  })
}

/** What a handler of `recover` is given. `error` is the error's name and `cause` what it says. */
export interface Caught {
  readonly error: string
  readonly cause: string
}

/**
 * Goes on with another pipeline when this one throws: `errors` names which errors, all that can be caught when
 * it is left out. Hosts that fail don't throw; for them there are `pick(failed)`, `retry` and `fallback`.
 *
 * @example
 * pipe(recover(poll(ping(closet), out => out.failure.length === 0, '5s', '1m'), transform(caught => caught.cause)))
 */
export function recover<I, O, R>(
  operation: Operation<I, O>,
  handler: Operation<Caught, R>,
  options: { readonly errors?: readonly string[] } = {},
): Operation<I, O | R> {
  const errors = options.errors ?? ['States.ALL']
  if (errors.length === 0)
    throw new InvalidArguments('recover: errors names at least one error, or is left out for all')
  return fromStep({ kind: 'recover', body: operation.step, handler: handler.step, errors })
}

/**
 * Tries again by another transport, and only those hosts on which nothing can have been executed: unreachable,
 * not authenticated, or with a changed key. A host whose answer is `unknown` is named and not repeated.
 *
 * @example
 * pipe(fallback(exec(hosts({ via: 'agent' }, ['foo']), 'uptime'), 'ssh'), pretty())
 */
export function fallback<I, O>(operation: Operation<I, O>, otherTransport: string): Operation<I, O> {
  if (!transportName.safeParse(otherTransport).success) {
    throw new InvalidArguments(
      `fallback: ${JSON.stringify(otherTransport)} is not the name of a transport; it is a name such as 'ssh', 'agent' or 'ssm'`,
    )
  }
  return fromStep({ kind: 'fallback', body: operation.step, via: otherTransport })
}
