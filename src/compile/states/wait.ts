import { asExpression } from '../../core/expression.ts'
import type { Step, TaskStep } from '../../core/step.ts'
import { type Fragment, follow } from '../graph.ts'
import { pause, type Scope, unchanged, within } from '../scope.ts'
import { labelOf } from '../shape.ts'
import { emitTask, resultOf } from './task.ts'

/** `wait`. Within a `timeout` it waits no longer than what is left of it. */
export function emitWait(
  step: {
    readonly label: string
    readonly own?: boolean
    readonly seconds?: number
    readonly until?: string
  },
  scope: Scope,
): Fragment {
  const bound =
    step.seconds === undefined
      ? { Timestamp: moment(step.until!, scope) }
      : { Seconds: pause(step.seconds, scope) }
  return scope.graph.add(scope.graph.reserve(step.label, step.own), { Type: 'Wait', ...bound })
}

function moment(until: string, scope: Scope): string {
  return scope.deadline ? asExpression(`$fromMillis(${within(String(Date.parse(until)), scope)})`) : until
}

/** `poll`: the operation, a verdict on its answer, and a Wait before the next time until the time is over. */
export function emitPoll(
  step: {
    readonly body: Step
    readonly until: TaskStep
    readonly everySeconds: number
    readonly timeoutSeconds: number
  },
  scope: Scope,
): Fragment {
  const { graph } = scope
  const id = scope.unique()
  const [input, until, verdict] = [`poll${id}Input`, `poll${id}Until`, `poll${id}Verdict`]
  const label = labelOf(step.body)
  const begin = graph.add(graph.reserve(`${label}: poll`), {
    Type: 'Pass',
    Assign: {
      [input]: unchanged,
      [until]: asExpression(within(`$millis() + ${step.timeoutSeconds * 1000}`, scope)),
    },
  })
  const work = scope.emit(step.body, scope)
  const check = graph.chain(
    graph.chain(begin, work),
    emitTask(step.until, scope, {
      assign: { [verdict]: asExpression(resultOf(step.until)) },
      output: unchanged,
    }),
  )
  const choice = graph.reserve(`${label}: enough?`)
  const rule: { Condition: string; Next?: string } = { Condition: asExpression(`$${verdict}.pass`) }
  const late = graph.reserve(`${label}: too late`)
  const again = graph.reserve(`${label}: again in ${step.everySeconds}s`)
  scope.loops.set(again, { usual: 1, most: Math.floor(step.timeoutSeconds / step.everySeconds) })
  graph.put(choice, {
    Type: 'Choice',
    Choices: [
      rule,
      { Condition: asExpression(`$millis() + ${step.everySeconds * 1000} > $${until}`), Next: late },
    ],
    Default: again,
  })
  for (const exit of check.exits) exit(choice)
  graph.put(late, {
    Type: 'Fail',
    Error: 'PollTimeout',
    Cause: asExpression(
      `${JSON.stringify(`${label} was not enough after ${step.timeoutSeconds}s: `)} & $${verdict}.reason`,
    ),
  })
  graph.put(again, {
    Type: 'Wait',
    Seconds: step.everySeconds,
    Output: asExpression(`$${input}`),
    Next: work.entry,
  })
  return { entry: begin.entry, exits: [follow(rule, graph)] }
}
