import { asExpression } from '../../core/expression.ts'
import type { Json } from '../../core/json.ts'
import type { Fragment } from '../graph.ts'
import { literal } from '../literal.ts'
import type { Scope } from '../scope.ts'

/** A value that starts a pipeline. */
export function emitSource(
  step: { readonly label: string; readonly own?: boolean; readonly value: Json },
  { graph, places }: Scope,
): Fragment {
  return graph.add(graph.reserve(step.label, step.own), {
    Type: 'Pass',
    Output: literal(step.value, places.input),
  })
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
