import { asExpression } from '../../core/expression.ts'
import type { Step } from '../../core/step.ts'
import type { Fragment } from '../graph.ts'
import type { Scope } from '../scope.ts'
import { labelOf } from '../shape.ts'
import { emitGroup } from './parallel.ts'

/** `recover`: what is thrown inside leads to the handler, which is given the error's name and cause. */
export function emitRecover(
  {
    body,
    handler,
    errors,
  }: { readonly body: Step; readonly handler: Step; readonly errors: readonly string[] },
  scope: Scope,
): Fragment {
  const group = emitGroup(body, `${labelOf(body)}: recover`, scope, {
    ...(scope.retry ? { retry: scope.retry } : {}),
    catch: {
      ErrorEquals: errors,
      Output: {
        error: asExpression('$states.errorOutput.Error'),
        // A timeout has an error and no cause.
        cause: asExpression("$exists($states.errorOutput.Cause) ? $string($states.errorOutput.Cause) : ''"),
      },
    },
  })
  const rescue = scope.emit(handler, scope)
  group.catchNext(rescue.entry)
  return { entry: group.entry, exits: [...group.exits, ...rescue.exits] }
}
