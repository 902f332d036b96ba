import type { Template } from '../../core/asl.ts'
import { asExpression } from '../../core/expression.ts'
import type { TaskStep } from '../../core/step.ts'
import { refuseHeartbeat } from '../check/retries.ts'
import type { Draft, Fragment } from '../graph.ts'
import { literal } from '../literal.ts'
import { type Scope, unchanged } from '../scope.ts'

const invoke = 'arn:aws:states:::lambda:invoke'

/** What differs between a task that is a step and one that serves a combinator. */
export interface TaskExtras {
  /** The data handed to the operation, when it is not the state's input. */
  readonly data?: Template
  readonly assign?: Readonly<Record<string, Template>>
  /** What the state answers, when it is not what the operation answered. */
  readonly output?: Template
  readonly comment?: string
}

/** How expressions of this state call what the operation answered. */
export function resultOf(step: TaskStep): string {
  return step.definition.site === 'onprem' ? '$states.result' : '$states.result.Payload'
}

/**
 * A leaf: one call of the function that serves its site. On premises the call only hands the job over and the
 * state waits for its task token, so that the work may outlive any Lambda.
 */
export function emitTask(step: TaskStep, scope: Scope, extras: TaskExtras = {}): Fragment {
  const { definition, spill } = step
  const name = scope.graph.reserve(step.label, step.own)
  scope.tasks.set(name, step)
  if (definition.onHosts) scope.firstOnHosts?.add(name)
  const onprem = definition.site === 'onprem'
  const payload: Record<string, Template> = {
    operation: definition.name,
    args: literal(step.args, scope.places.input),
    flow: literal(scope.flow, scope.places.input),
    step: literal(name, scope.places.input),
    version: scope.version,
    execution: scope.places.execution,
    ...(step.closure ? { input: asExpression(scope.places.input) } : {}),
    data: extras.data ?? unchanged,
    ...(spill ? { spill } : {}),
    ...(scope.deadline ? { deadline: asExpression(`$${scope.deadline}`) } : {}),
    ...(onprem ? { token: asExpression('$states.context.Task.Token') } : {}),
  }
  const draft: Draft = {
    Type: 'Task',
    ...(extras.comment ? { Comment: extras.comment } : {}),
    Resource: onprem ? `${invoke}.waitForTaskToken` : invoke,
    Arguments: { FunctionName: `\${${definition.functionName}}`, Payload: payload },
    ...bounds(name, step, scope),
    ...(scope.retry ? { Retry: scope.retry } : {}),
    ...(extras.assign ? { Assign: extras.assign } : {}),
    Output: extras.output ?? (definition.passes ? unchanged : asExpression(resultOf(step))),
  }
  return scope.graph.add(name, draft)
}

/**
 * The engine's own bounds. Within a `timeout` they follow what is left of it; operations on hosts get ten seconds
 * more, in which they say which hosts didn't make it.
 */
function bounds(
  name: string,
  { definition }: TaskStep,
  { deadline }: Scope,
): Record<string, number | string> {
  const { timeoutSeconds, heartbeatSeconds, onHosts } = definition
  if (heartbeatSeconds) refuseHeartbeat(name, heartbeatSeconds, timeoutSeconds)
  if (deadline === undefined) {
    return {
      TimeoutSeconds: timeoutSeconds,
      ...(heartbeatSeconds ? { HeartbeatSeconds: heartbeatSeconds } : {}),
    }
  }
  const left = `$max([2, $ceil(($${deadline} - $millis()) / 1000)${onHosts ? ' + 10' : ''}])`
  return {
    TimeoutSeconds: asExpression(`$min([${timeoutSeconds}, ${left}])`),
    ...(heartbeatSeconds
      ? { HeartbeatSeconds: asExpression(`$min([${heartbeatSeconds}, ${left} - 1])`) }
      : {}),
  }
}
