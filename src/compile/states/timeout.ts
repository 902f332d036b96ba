import { asExpression } from '../../core/expression.ts'
import type { Step } from '../../core/step.ts'
import type { Fragment } from '../graph.ts'
import { type Scope, within } from '../scope.ts'
import { labelOf } from '../shape.ts'

/**
 * `timeout`: a moment in a variable, which every task and wait inside keeps to. A Parallel has no timeout of its
 * own in ASL, and a moment keeps the results of the hosts that did answer. Nested timeouts end with the earlier.
 */
export function emitTimeout(
  { body, seconds }: { readonly body: Step; readonly seconds: number },
  scope: Scope,
): Fragment {
  const { graph } = scope
  const deadline = `deadline${scope.unique()}`
  const own = `$millis() + ${seconds * 1000}`
  const begin = graph.add(graph.reserve(`${labelOf(body)}: within ${seconds}s`), {
    Type: 'Pass',
    Assign: { [deadline]: asExpression(within(own, scope)) },
  })
  return graph.chain(begin, scope.emit(body, { ...scope, deadline }))
}
