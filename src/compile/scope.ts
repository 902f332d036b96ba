import type { Retrier, Template } from '../core/asl.ts'
import { asExpression } from '../core/expression.ts'
import type { Step, TaskStep } from '../core/step.ts'
import type { Fragment, Graph } from './graph.ts'

/** Where expressions find what belongs to the whole execution. A Distributed Map's items find it elsewhere. */
export interface Places {
  readonly input: string
  readonly execution: Template
}

/** How often the Wait of a loop is passed, each time that the loop is entered: as a rule, and at most. */
export interface Loop {
  readonly usual: number
  readonly most: number
}

/** What is being compiled, and what the steps inside inherit. */
export interface Scope {
  readonly flow: string
  readonly version: string
  readonly graph: Graph
  readonly places: Places
  /** The variable that holds the moment (milliseconds since the epoch) at which an enclosing `timeout` ends. */
  readonly deadline: string | undefined
  /** What an enclosing `retry` asks of each task for the errors that it throws. */
  readonly retry: readonly Retrier[] | undefined
  /** Collects the names of the states that act on hosts before any other does, where a loop wants to know them. */
  readonly firstOnHosts: Set<string> | undefined
  /** Every loop by the name of the Wait that leads back in it. */
  readonly loops: Map<string, Loop>
  /** Every task by the name of its state, so that closures are found again. */
  readonly tasks: Map<string, TaskStep>
  /** A number that no other construct of this machine has, for the names of its variables. */
  readonly unique: () => number
  readonly emit: (step: Step, scope: Scope) => Fragment
}

export const atTop: Places = {
  input: '$states.context.Execution.Input',
  execution: {
    id: asExpression('$states.context.Execution.Id'),
    name: asExpression('$states.context.Execution.Name'),
    startedAt: asExpression('$states.context.Execution.StartTime'),
  },
}

/** Inside the items of a Distributed Map, each of which is an execution of its own: what a variable was given. */
export function inItem(outer: string): Places {
  return { input: `$${outer}.input`, execution: asExpression(`$${outer}.execution`) }
}

/** Data passes as it came. */
export const unchanged = asExpression('$states.input')

/** A moment, or the enclosing timeout's end where that is earlier. Both are milliseconds since the epoch. */
export function within(moment: string, { deadline }: Scope): string {
  return deadline ? `$min([$${deadline}, ${moment}])` : moment
}

/** Seconds to wait, a number or JSONata, and never longer than the enclosing timeout has left. */
export function pause(seconds: number | string, { deadline }: Scope): number | string {
  if (deadline) return asExpression(`$max([0, $min([${seconds}, $ceil(($${deadline} - $millis()) / 1000)])])`)
  return typeof seconds === 'number' ? seconds : asExpression(seconds)
}
