import { closureDefinition, closureTask } from '../operation/closures.ts'
import { fromStep, type Operation } from '../operation/operation.ts'
import { type Predicate, verdict } from './when.ts'

const definition = closureDefinition('choose')

/**
 * One way or the other. Without the other, data that doesn't fit passes unchanged.
 *
 * @example
 * pipe(ping(closet), choose(out => out.failure.length > 0, nohup('/opt/alarm'), pretty()))
 */
export function choose<T, A>(
  predicate: Predicate<NoInfer<T>>,
  then: Operation<NoInfer<T>, A>,
): Operation<T, A | T>
export function choose<T, A>(predicate: Predicate<T>, then: Operation<T, A>): Operation<T, A | T>
export function choose<T, A, B>(
  predicate: Predicate<NoInfer<T>>,
  then: Operation<NoInfer<T>, A>,
  otherwise: Operation<NoInfer<T>, B>,
): Operation<T, A | B>
export function choose<T, A, B>(
  predicate: Predicate<T>,
  then: Operation<T, A>,
  otherwise: Operation<T, B>,
): Operation<T, A | B>
export function choose(
  predicate: Predicate<any>,
  then: Operation<any, unknown>,
  otherwise?: Operation<any, unknown>,
): Operation<any, unknown> {
  return fromStep({
    kind: 'choose',
    test: closureTask(definition, predicate, verdict(predicate)),
    yes: then.step,
    no: otherwise?.step,
  })
}
