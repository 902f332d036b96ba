import { InvalidArguments } from '../errors.ts'
import { fromStep, isOperation, type Operation } from '../operation/operation.ts'
import type { Step } from '../step.ts'
import type { Pipe } from './pipe-types.ts'

/**
 * One after the other: each step gets what the one before answers, and a step that doesn't accept it is a
 * compile error. Pipes nest freely and mean the same however they are nested.
 *
 * @example
 * await run(pipe(ls(closet, '/', '-la'), pick(successful), pretty()))
 */
export const pipe: Pipe = (...operations: Operation<any, any>[]): any => {
  if (operations.length === 0) throw new InvalidArguments('pipe takes at least one operation')
  operations.forEach((operation, index) => {
    if (isOperation(operation)) return
    throw new InvalidArguments(
      `pipe: argument ${index + 1} is not an operation${typeof operation === 'function' ? '; call it, or wrap a function of your own in map(…) or transform(…)' : ''}`,
    )
  })
  const steps = operations.flatMap(({ step }): readonly Step[] =>
    step.kind === 'pipe' ? step.steps : [step],
  )
  return fromStep(steps.length === 1 ? steps[0]! : { kind: 'pipe', steps })
}
