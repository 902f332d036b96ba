import { asExpression } from '../../core/expression.ts'
import { task } from '../../core/operation/operation.ts'
import { settle } from '../../core/operation/settle.ts'
import type { RetryPolicy, Step } from '../../core/step.ts'
import { type Draft, type Fragment, follow } from '../graph.ts'
import { pause, type Scope, unchanged } from '../scope.ts'
import { holdsGate, labelOf, splitBeforeHosts } from '../shape.ts'
import { emitAsOne, endIfSkipped } from './parallel.ts'
import { emitTask, resultOf } from './task.ts'

/** `via` is the transport of every attempt but the first; `onlyAtFirst` counts only the first step's failures. */
export type LoopPolicy = RetryPolicy & { readonly via?: string; readonly onlyAtFirst?: boolean }

/**
 * Repeats what failed on hosts, which don't throw: after each attempt a task settles which hosts go again, and a
 * Wait holds them back. A gate inside ends the loop, and the settled outcome of all attempts is what it ended with.
 */
export function emitLoop(body: Step, { onlyAtFirst, ...policy }: LoopPolicy, scope: Scope): Fragment {
  const { graph } = scope
  const { first, rest } = splitBeforeHosts(body)
  const id = scope.unique()
  const [before, attempt, prior, again, seconds] = ['Before', 'Attempt', 'Prior', 'Again', 'Seconds'].map(
    part => `loop${id}${part}`,
  )
  const label = labelOf(body)
  const start = first && scope.emit(first, scope)
  const begin = graph.add(graph.reserve(`${label}: attempts`), {
    Type: 'Pass',
    Assign: { [before!]: unchanged, [attempt!]: 1, [prior!]: null },
  })
  const entered = start ? graph.chain(start, begin) : begin
  const firstOnHosts = new Set<string>()
  const gated = holdsGate(rest)
  const inner = { ...scope, firstOnHosts }
  const work = gated ? emitAsOne(rest, `${label}: attempt`, inner) : scope.emit(rest, inner)
  for (const name of firstOnHosts) scope.firstOnHosts?.add(name)
  const decision = task(settle, onlyAtFirst ? { ...policy, onlyAt: [...firstOnHosts] } : policy, {
    label: `${label}: settle`,
    spill: 'fields',
  })
  const result = resultOf(decision)
  const decide = emitTask(decision, scope, {
    data: {
      before: asExpression(`$${before}`),
      prior: asExpression(`$${prior}`),
      now: unchanged,
      attempt: asExpression(`$${attempt}`),
    },
    assign: {
      [again!]: asExpression(`${result}.again`),
      [seconds!]: asExpression(`${result}.seconds`),
      [prior!]: asExpression(`${result}.outcome`),
      [attempt!]: asExpression(`$${attempt} + 1`),
    },
  })
  const choice = graph.reserve(`${label}: again?`)
  const hold = graph.reserve(`${label}: pause`)
  scope.loops.set(hold, { usual: 0, most: policy.attempts - 1 })
  const draft: Draft = {
    Type: 'Choice',
    Choices: [
      { Condition: asExpression(`$${again}`), Next: hold, Output: asExpression('$states.input.next') },
    ],
    Output: asExpression('$states.input.outcome'),
  }
  graph.put(choice, draft)
  graph.put(hold, { Type: 'Wait', Seconds: pause(`$${seconds}`, scope), Next: work.entry })
  const tail = graph.chain(graph.chain(entered, work), decide)
  for (const exit of tail.exits) exit(choice)
  const settled = { entry: entered.entry, exits: [follow(draft, graph, 'Default')] }
  return gated ? endIfSkipped(settled, label, scope) : settled
}
