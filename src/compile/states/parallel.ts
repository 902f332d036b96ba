import type { Catcher, Retrier, Template } from '../../core/asl.ts'
import { asExpression } from '../../core/expression.ts'
import type { Step } from '../../core/step.ts'
import type { Fragment } from '../graph.ts'
import type { Scope } from '../scope.ts'
import { holdsGate } from '../shape.ts'

/** `parallel`: a branch a step, and the list of their answers. */
export function emitParallel(
  step: { readonly label: string; readonly own?: boolean; readonly branches: readonly Step[] },
  scope: Scope,
): Fragment {
  const { graph } = scope
  const name = graph.reserve(step.label, step.own)
  const draft = {
    Type: 'Parallel' as const,
    Branches: [] as unknown[],
    ...(scope.retry ? { Retry: scope.retry } : {}),
  }
  const fragment = graph.add(name, draft)
  for (const branch of step.branches) draft.Branches.push(compileInside(branch, scope))
  return fragment
}

/**
 * Several states that fail as one: a Parallel of one branch, which may be tried again and caught. When a gate
 * inside ended it, the graph around it ends too.
 */
export function emitGroup(
  body: Step,
  label: string,
  scope: Scope,
  failing: {
    readonly retry?: readonly Retrier[]
    readonly catch?: Omit<Catcher, 'Next'> & { readonly Output: Template }
  },
): Fragment & { readonly catchNext: (next: string) => void } {
  const { graph } = scope
  const name = graph.reserve(label)
  const catcher: Record<string, unknown> = { ...failing.catch }
  const draft = {
    Type: 'Parallel' as const,
    Branches: [] as unknown[],
    ...(failing.retry ? { Retry: failing.retry } : {}),
    ...(failing.catch ? { Catch: [catcher] } : {}),
    Output: asExpression('$states.result[0]'),
  }
  const fragment = graph.add(name, draft)
  draft.Branches.push(compileInside(body, scope))
  const catchNext = (next: string) => {
    catcher.Next = next
  }
  if (!holdsGate(body)) return { ...fragment, catchNext }
  const gate = graph.reserve(`${name}: skipped?`)
  const ended = graph.reserve(`${name}: skipped`)
  graph.put(ended, { Type: 'Succeed' })
  const choice: { Type: 'Choice'; Choices: unknown[]; Default?: string } = {
    Type: 'Choice',
    Choices: [{ Condition: isSkipped, Next: ended }],
  }
  graph.put(gate, choice)
  for (const exit of fragment.exits) exit(gate)
  const through = graph.reserve(`${name}: done`)
  choice.Default = through
  return { ...graph.add(through, { Type: 'Pass' }), entry: fragment.entry, catchNext }
}

/** True for what a gate answers and for nothing that an outcome can look like. */
const isSkipped = asExpression(
  "$type($states.input) = 'object' and $states.input.status = 'skipped' and $exists($states.input.reason) and $exists($states.input.step)",
)

function compileInside(step: Step, scope: Scope) {
  const graph = scope.graph.inner()
  return graph.finish(scope.emit(step, { ...scope, graph, retry: undefined }))
}
