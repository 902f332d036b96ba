import { asExpression } from '../../core/expression.ts'
import type { Step, TaskStep } from '../../core/step.ts'
import type { Fragment } from '../graph.ts'
import type { Scope } from '../scope.ts'
import { emitTask, resultOf } from './task.ts'

/**
 * A flow inside another pipeline: its data becomes its input, parsed by its schema and kept in a variable, where
 * its references and closures find it. The outermost flow's input is the execution's own.
 */
export function emitFlow(
  { input, body }: { readonly input: TaskStep; readonly body: Step },
  scope: Scope,
): Fragment {
  const variable = `input${scope.unique()}`
  const parse = emitTask(input, scope, { assign: { [variable]: asExpression(resultOf(input)) } })
  const places = { ...scope.places, input: `$${variable}` }
  return scope.graph.chain(parse, scope.emit(body, { ...scope, places }))
}
