import type { Catcher, Retrier, Template } from '../../core/asl.ts'
import { asExpression } from '../../core/expression.ts'
import type { Step } from '../../core/step.ts'
import { type Draft, type Fragment, follow } from '../graph.ts'
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
  for (const branch of step.branches)
    draft.Branches.push(compileInside(branch, { ...scope, retry: undefined }))
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
  const catcher: Record<string, unknown> = { ...failing.catch }
  const fragment = asOne(
    body,
    label,
    { ...scope, retry: undefined },
    {
      ...(failing.retry ? { Retry: failing.retry } : {}),
      ...(failing.catch ? { Catch: [catcher] } : {}),
    },
  )
  const catchNext = (next: string) => {
    catcher.Next = next
  }
  return { ...(holdsGate(body) ? endIfSkipped(fragment, fragment.entry, scope) : fragment), catchNext }
}

/** Several states as one that answers what they answered, a gate's no included; each is still retried by itself. */
export function emitAsOne(body: Step, label: string, scope: Scope): Fragment {
  return asOne(body, label, scope, {})
}

function asOne(body: Step, label: string, scope: Scope, failing: object): Fragment {
  const draft = {
    Type: 'Parallel' as const,
    Branches: [] as unknown[],
    ...failing,
    Output: asExpression('$states.result[0]'),
  }
  const fragment = scope.graph.add(scope.graph.reserve(label), draft)
  draft.Branches.push(compileInside(body, scope))
  return fragment
}

/** Ends the graph with what a gate has answered, and lets everything else go on. */
export function endIfSkipped(fragment: Fragment, label: string, { graph }: Scope): Fragment {
  const gate = graph.reserve(`${label}: skipped?`)
  const ended = graph.reserve(`${label}: skipped`)
  const choice: Draft = { Type: 'Choice', Choices: [{ Condition: isSkipped, Next: ended }] }
  graph.put(gate, choice)
  graph.put(ended, { Type: 'Succeed' })
  for (const exit of fragment.exits) exit(gate)
  return { entry: fragment.entry, exits: [follow(choice, graph, 'Default')] }
}

/** True for what a gate answers and for nothing that an outcome can look like. */
const isSkipped = asExpression(
  "$type($states.input) = 'object' and $states.input.status = 'skipped' and $exists($states.input.reason) and $exists($states.input.step)",
)

function compileInside(step: Step, scope: Scope) {
  const graph = scope.graph.inner()
  return graph.finish(scope.emit(step, { ...scope, graph }))
}
