import { closureDefinition, closureTask } from '../operation/closures.ts'
import { fromStep, type Operation } from '../operation/operation.ts'
import type { Skipped } from '../skipped.ts'
import type { About, Closure } from '../step.ts'

/** What a gate answers: yes or no, or no with its reason. */
export type Verdict = boolean | { readonly pass: boolean; readonly reason: string }

/** Decides on the data as a whole. */
export type Predicate<T> = (data: T, about: About) => Verdict | Promise<Verdict>

const definition = closureDefinition('when')

/**
 * A gate. True lets the data pass unchanged; false ends the pipeline (inside `parallel` and `each`: that branch
 * or item) as skipped, which is a success with a reason, and keeps the failures that had come so far.
 *
 * @example
 * pipe(exec(closet, 'cat /run/temperature'), when(some(value => Number(value.stdout) > 70)), pretty())
 */
export function when<T>(predicate: Predicate<NoInfer<T>>): Operation<T, T | Skipped>
export function when<T>(predicate: Predicate<T>): Operation<T, T | Skipped>
export function when(predicate: Predicate<any>): Operation<any, unknown> {
  return fromStep({ kind: 'when', gate: closureTask(definition, predicate, verdict(predicate)) })
}

/** Makes the closure of a decision: what it answers is `{ pass, reason }`, so that a state can choose by it. */
export function verdict(predicate: Predicate<any>): Closure {
  return async (data, about, step) => {
    const answer = await predicate(data, about)
    if (typeof answer === 'object' && answer !== null) return { pass: answer.pass, reason: answer.reason }
    return { pass: Boolean(answer), reason: answer ? 'yes' : `${step} said no` }
  }
}
