import { asExpression } from '../../core/expression.ts'
import type { Step, TaskStep } from '../../core/step.ts'
import { type Draft, type Exit, type Fragment, follow } from '../graph.ts'
import { literal } from '../literal.ts'
import { type Scope, unchanged } from '../scope.ts'
import { emitTask, resultOf } from './task.ts'

/**
 * A decision: a task evaluates the author's predicate and leaves its verdict in a variable, a Choice follows it.
 * Answers the fragment's entry and the two ways that a caller leads on.
 */
function emitDecision(
  step: TaskStep,
  scope: Scope,
): { entry: string; variable: string; yes: Exit; no: Exit } {
  const variable = `verdict${scope.unique()}`
  const { graph } = scope
  const test = emitTask(step, scope, {
    assign: { [variable]: asExpression(resultOf(step)) },
    output: unchanged,
  })
  const rule: Record<string, unknown> = { Condition: asExpression(`$${variable}.pass`) }
  const draft: Draft = { Type: 'Choice', Choices: [rule] }
  const name = graph.reserve(`${test.entry}?`)
  graph.put(name, draft)
  for (const exit of test.exits) exit(name)
  return {
    entry: test.entry,
    variable,
    yes: follow(rule, graph),
    no: follow(draft, graph, 'Default'),
  }
}

/** `when`: no ends the graph with the reason and the data so far. */
export function emitWhen({ gate }: { readonly gate: TaskStep }, scope: Scope): Fragment {
  const decision = emitDecision(gate, scope)
  const skipped = scope.graph.reserve(`${decision.entry}: skipped`)
  scope.graph.put(skipped, {
    Type: 'Pass',
    Output: {
      status: 'skipped',
      step: literal(decision.entry, scope.places.input),
      reason: asExpression(`$${decision.variable}.reason`),
      data: unchanged,
    },
    End: true,
  })
  decision.no(skipped)
  return { entry: decision.entry, exits: [decision.yes] }
}

/** `choose`: two ways that meet again. */
export function emitChoose(
  step: { readonly test: TaskStep; readonly yes: Step; readonly no: Step | undefined },
  scope: Scope,
): Fragment {
  const decision = emitDecision(step.test, scope)
  const then = scope.emit(step.yes, scope)
  decision.yes(then.entry)
  if (!step.no) return { entry: decision.entry, exits: [...then.exits, decision.no] }
  const otherwise = scope.emit(step.no, scope)
  decision.no(otherwise.entry)
  return { entry: decision.entry, exits: [...then.exits, ...otherwise.exits] }
}
