import { asExpression } from '../../core/expression.ts'
import type { TaskStep } from '../../core/step.ts'
import { type Draft, type Fragment, follow } from '../graph.ts'
import { pause, type Scope, unchanged } from '../scope.ts'
import { emitTask, resultOf } from './task.ts'

/** Whether a step's work is done in slices, each of them a call of its function. */
export function isSliced({ definition }: TaskStep): boolean {
  return definition.site === 'cloud' && definition.inCloud?.slice !== undefined
}

/** Seconds that a host may take where nothing says so; what the configuration says by default. */
const usualLimit = 600

/** Pauses until a host's time is over; more where not all hosts have their turns at once. */
function mostPauses({ args, definition }: TaskStep): number {
  const { seconds } = definition.inCloud!.slice!
  const { timeout } = (args as { readonly options?: { readonly timeout?: unknown } }).options ?? {}
  return Math.ceil((typeof timeout === 'number' ? timeout : usualLimit) / seconds)
}

/**
 * Long work in the cloud, where no function should sleep: each call works for a slice and keeps how far everybody came
 * in a variable, a Choice looks whether that was all, and a Wait leads to the next call. The function itself counts
 * whoever's time is over as failed, so that it ends.
 */
export function emitSliced(step: TaskStep, scope: Scope): Fragment {
  const { graph } = scope
  const id = scope.unique()
  const [before, kept, done] = [`slice${id}Before`, `slice${id}Kept`, `slice${id}Done`]
  const { pauseSeconds } = step.definition.inCloud!.slice!
  const begin = graph.add(graph.reserve(`${step.label}: begin`), {
    Type: 'Pass',
    Assign: { [before]: unchanged, [kept]: null },
  })
  const result = resultOf(step)
  const work = emitTask({ ...step, spill: 'fields' }, scope, {
    data: { before: asExpression(`$${before}`), kept: asExpression(`$${kept}`) },
    assign: { [kept]: asExpression(`${result}.kept`), [done]: asExpression(`${result}.done`) },
    output: asExpression(`${result}.outcome`),
  })
  const choice = graph.reserve(`${step.label}: done?`)
  const again = graph.reserve(`${step.label}: go on in ${pauseSeconds}s`)
  scope.loops.set(again, { usual: 1, most: mostPauses(step) })
  const rule: { Condition: string; Next?: string } = { Condition: asExpression(`$${done}`) }
  const draft: Draft = { Type: 'Choice', Choices: [rule], Default: again }
  graph.put(choice, draft)
  graph.put(again, { Type: 'Wait', Seconds: pause(pauseSeconds, scope), Next: work.entry })
  for (const exit of graph.chain(begin, work).exits) exit(choice)
  return { entry: begin.entry, exits: [follow(rule, graph)] }
}
