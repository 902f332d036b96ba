import { type Duration, toSeconds } from '../duration.ts'
import { InvalidArguments } from '../errors.ts'
import { closureDefinition, closureTask } from '../operation/closures.ts'
import { fromStep, type Operation } from '../operation/operation.ts'
import { type Predicate, verdict } from './when.ts'

/**
 * Waits and passes its data on: for a duration, or until a moment.
 *
 * @example
 * pipe(nohup(closet, '/opt/warm-up'), wait('30s'), ping())
 */
export function wait<T>(howLong: Duration | { readonly until: Date | string }): Operation<T, T> {
  if (typeof howLong !== 'object') {
    const seconds = toSeconds(howLong, 'wait')
    return fromStep({
      kind: 'wait',
      label: `wait ${howLong}${typeof howLong === 'number' ? 's' : ''}`,
      seconds,
    })
  }
  const moment = new Date(howLong.until)
  if (Number.isNaN(moment.getTime())) {
    throw new InvalidArguments(
      `wait until ${JSON.stringify(howLong.until)}: that is no moment; write it like '2027-01-31T22:00:00Z'`,
    )
  }
  return fromStep({ kind: 'wait', label: `wait until ${moment.toISOString()}`, until: moment.toISOString() })
}

const pollDefinition = closureDefinition('poll')

/**
 * Repeats an operation on the same data until its answer fits, waiting in between. When the time is over and
 * the answer still doesn't fit, the execution fails with `PollTimeout`, which `recover` can catch.
 *
 * @example
 * pipe(poll(ping(closet), out => out.failure.length === 0, '5s', '2m'), pretty())
 */
export function poll<I, O>(
  operation: Operation<I, O>,
  until: Predicate<NoInfer<O>>,
  every: Duration,
  timeout: Duration,
): Operation<I, O> {
  return fromStep({
    kind: 'poll',
    body: operation.step,
    until: closureTask(pollDefinition, until, verdict(until)),
    everySeconds: toSeconds(every, 'poll every'),
    timeoutSeconds: toSeconds(timeout, 'poll timeout'),
  })
}

/**
 * Ends what is inside when the time is over. Hosts that have not answered fail with code `timeout` and the
 * others keep their results; other steps end with `States.Timeout`. A wait ends with the time, and what follows it
 * inside has none left.
 *
 * @example
 * pipe(timeout(exec(closet, 'apt-get -y upgrade'), '20m'), pretty())
 */
export function timeout<I, O>(operation: Operation<I, O>, after: Duration): Operation<I, O> {
  return fromStep({ kind: 'timeout', body: operation.step, seconds: toSeconds(after, 'timeout') })
}
