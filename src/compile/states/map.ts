import type { Template } from '../../core/asl.ts'
import { asExpression } from '../../core/expression.ts'
import type { Step, TaskStep } from '../../core/step.ts'
import type { Fragment } from '../graph.ts'
import { inItem, type Scope } from '../scope.ts'
import { emitTask } from './task.ts'

/** What AWS runs at once in an inline Map, and so the most items that one is used for. */
const inlineItems = 40

/**
 * `each`: a task makes the list and keeps large items as references of their own, a Map does the same for every
 * item. A list that may be longer than an inline Map's is distributed: each item is then an execution of its own,
 * which is handed what it needs of the outer one.
 */
export function emitEach(
  step: {
    readonly items: TaskStep
    readonly body: Step
    readonly concurrency: number
    readonly atMost: number | undefined
  },
  scope: Scope,
): Fragment {
  const { graph } = scope
  const items = emitTask(step.items, scope)
  const name = graph.reserve(`${items.entry}: items`)
  const inline = step.atMost !== undefined && step.atMost <= inlineItems
  const draft = {
    Type: 'Map' as const,
    Items: asExpression('$states.input'),
    MaxConcurrency: inline ? Math.min(step.concurrency, inlineItems) : step.concurrency,
    ...(scope.retry ? { Retry: scope.retry } : {}),
    ...(inline ? {} : { ItemSelector: itemWithOuter(scope) }),
    ItemProcessor: undefined as unknown,
  }
  const fragment = graph.add(name, draft)
  draft.ItemProcessor = inline
    ? inlineProcessor(step.body, scope)
    : distributedProcessor(step.body, name, scope)
  return graph.chain(items, fragment)
}

function inlineProcessor(body: Step, scope: Scope): unknown {
  const graph = scope.graph.inner()
  return {
    ProcessorConfig: { Mode: 'INLINE' },
    ...graph.finish(scope.emit(body, { ...scope, graph, retry: undefined })),
  }
}

function itemWithOuter({ places, deadline }: Scope): Template {
  return {
    item: asExpression('$states.context.Map.Item.Value'),
    outer: {
      input: asExpression(places.input),
      execution: places.execution,
      ...(deadline ? { deadline: asExpression(`$${deadline}`) } : {}),
    },
  }
}

function distributedProcessor(body: Step, name: string, scope: Scope): unknown {
  const graph = scope.graph.inner()
  const outer = `outer${scope.unique()}`
  const deadline = scope.deadline && `deadline${scope.unique()}`
  const begin = graph.add(graph.reserve(`${name}: begin`), {
    Type: 'Pass',
    Assign: {
      [outer]: asExpression('$states.input.outer'),
      ...(deadline ? { [deadline]: asExpression('$states.input.outer.deadline') } : {}),
    },
    Output: asExpression('$states.input.item'),
  })
  const work = scope.emit(body, { ...scope, graph, places: inItem(outer), deadline, retry: undefined })
  return {
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
    ...graph.finish(graph.chain(begin, work)),
  }
}
