import type { Template } from '../../core/asl.ts'
import { asExpression, isExpression } from '../../core/expression.ts'
import type { Json } from '../../core/json.ts'
import type { Fragment } from '../graph.ts'
import { jsonataOf, literal } from '../literal.ts'
import type { Scope } from '../scope.ts'

/** A value that starts a pipeline. */
export function emitSource(
  step: { readonly label: string; readonly own?: boolean; readonly value: Json },
  { graph, places }: Scope,
): Fragment {
  return graph.add(graph.reserve(step.label, step.own), {
    Type: 'Pass',
    Output: whole(step.value, places.input),
  })
}

/** AWS takes any JSON for an Output, and checkers of its schema an object or an expression. */
function whole(value: Json, input: string): Template {
  const template = literal(value, input)
  const fits =
    isExpression(template) || (typeof template === 'object' && template !== null && !Array.isArray(template))
  return fits ? template : asExpression(jsonataOf(value, input))
}

/** A native expression on the data. */
export function emitQuery(
  step: { readonly label: string; readonly own?: boolean; readonly expression: string },
  { graph }: Scope,
): Fragment {
  return graph.add(graph.reserve(step.label, step.own), {
    Type: 'Pass',
    Output: asExpression(step.expression),
  })
}
