import type { Retrier } from '../../core/asl.ts'
import { terminalErrors } from '../../core/errors.ts'
import { asExpression } from '../../core/expression.ts'
import { task } from '../../core/operation/operation.ts'
import { settle } from '../../core/operation/settle.ts'
import type { RetryPolicy, Step } from '../../core/step.ts'
import { type Draft, type Fragment, follow } from '../graph.ts'
import { pause, type Scope, unchanged } from '../scope.ts'
import { actsOnHosts, labelOf, splitBeforeHosts } from '../shape.ts'
import { emitGroup } from './parallel.ts'
import { emitTask, resultOf } from './task.ts'

/** Nothing was executed on a host that failed with one of these. */
const certainlyNot = ['unreachable', 'auth', 'host-key']

/**
 * `retry`. What throws is tried again natively. Hosts don't throw, so that those which failed are done again in a
 * loop of their own: after each attempt a task decides which hosts go again, and a Wait holds them back.
 */
export function emitRetry(
  { body, policy }: { readonly body: Step; readonly policy: RetryPolicy },
  scope: Scope,
): Fragment {
  const retry = retriers(policy)
  if (body.kind === 'flow')
    return scope.emit({ ...body, body: { kind: 'retry', body: body.body, policy } }, scope)
  if (actsOnHosts(body)) return emitLoop(body, { ...policy }, { ...scope, retry })
  if (body.kind === 'task') return scope.emit(body, { ...scope, retry })
  return emitGroup(body, `${labelOf(body)}: retry`, scope, { retry })
}

/** `fallback`: the same loop, once more by the other transport, for hosts on which nothing can have happened. */
export function emitFallback(
  { body, via }: { readonly body: Step; readonly via: string },
  scope: Scope,
): Fragment {
  if (!actsOnHosts(body)) return scope.emit(body, scope)
  if (body.kind === 'flow')
    return scope.emit({ ...body, body: { kind: 'fallback', body: body.body, via } }, scope)
  const policy = {
    attempts: 2,
    seconds: 1,
    backoff: 1,
    maxSeconds: 1,
    jitter: false,
    codes: certainlyNot,
    via,
    onlyAtFirst: true,
  }
  return emitLoop(body, policy, scope)
}

function retriers({ attempts, seconds, backoff, maxSeconds, jitter }: RetryPolicy): Retrier[] {
  const grows = backoff > 1
  return [
    { ErrorEquals: terminalErrors, MaxAttempts: 0 },
    {
      ErrorEquals: ['States.ALL'],
      IntervalSeconds: seconds,
      MaxAttempts: attempts - 1,
      BackoffRate: backoff,
      ...(grows ? { MaxDelaySeconds: maxSeconds } : {}),
      JitterStrategy: jitter ? 'FULL' : 'NONE',
    },
  ]
}

type LoopPolicy = RetryPolicy & { readonly via?: string; readonly onlyAtFirst?: boolean }

function emitLoop(body: Step, { onlyAtFirst, ...policy }: LoopPolicy, scope: Scope): Fragment {
  const { graph } = scope
  const { first, rest } = splitBeforeHosts(body)
  const id = scope.unique()
  const [before, attempt, prior, again, holdBack] = ['Before', 'Attempt', 'Prior', 'Again', 'Seconds'].map(
    part => `loop${id}${part}`,
  )
  const label = labelOf(body)
  const begin = graph.add(graph.reserve(`${label}: attempts`), {
    Type: 'Pass',
    Assign: { [before!]: unchanged, [attempt!]: 1, [prior!]: null },
  })
  const entered = first ? graph.chain(scope.emit(first, scope), begin) : begin
  const work = scope.emit(rest, scope)
  const decision = task(settle, onlyAtFirst ? { ...policy, onlyAt: work.entry } : policy, {
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
      [holdBack!]: asExpression(`${result}.seconds`),
      [prior!]: asExpression(`${result}.outcome`),
      [attempt!]: asExpression(`$${attempt} + 1`),
    },
  })
  const choice = graph.reserve(`${label}: again?`)
  const hold = graph.reserve(`${label}: pause`)
  const draft: Draft = {
    Type: 'Choice',
    Choices: [
      { Condition: asExpression(`$${again}`), Next: hold, Output: asExpression('$states.input.next') },
    ],
    Output: asExpression('$states.input.outcome'),
  }
  graph.put(choice, draft)
  graph.put(hold, { Type: 'Wait', Seconds: pause(`$${holdBack}`, scope), Next: work.entry })
  const tail = graph.chain(graph.chain(entered, work), decide)
  for (const exit of tail.exits) exit(choice)
  return { entry: entered.entry, exits: [follow(draft, graph, 'Default')] }
}
