import type { BundlesPort } from '../../src/core/bundles.ts'
import type { HostsPort, Progress } from '../../src/core/context.ts'
import type { Hosts } from '../../src/core/hosts.ts'
import type { Json } from '../../src/core/json.ts'
import type { Operation } from '../../src/core/operation/operation.ts'
import type { Outcome } from '../../src/core/outcome.ts'
import type { Clock } from '../../src/core/ports.ts'
import type { TaskStep } from '../../src/core/step.ts'
import { answerTask } from '../../src/core/task.ts'
import { systemClock } from '../../src/executor/timers.ts'

interface Around {
  readonly hosts: HostsPort
  readonly signal?: AbortSignal
  readonly clock?: Clock
  readonly bundles?: BundlesPort
  readonly progress?: (event: Progress) => void
  /** Arguments in the place of the step's own, as an execution fills references in. */
  readonly args?: Json
}

/** An operation on hosts taken apart: the hosts that it starts with, and its one task. */
export function partsOf(operation: Operation<void, unknown>): {
  readonly data: Json
  readonly task: TaskStep
} {
  const steps = operation.step.kind === 'pipe' ? operation.step.steps : []
  const [first, second] = steps
  if (first?.kind !== 'source' || second?.kind !== 'task')
    throw new Error('not an operation that starts with hosts')
  return { data: first.value, task: second }
}

/** Executes one operation on hosts as an executor would, over the given hosts and without compiling it. */
export async function carryOut<T>(
  operation: Operation<void, Outcome<Hosts, T>>,
  {
    hosts,
    clock = systemClock,
    signal = new AbortController().signal,
    progress = () => {},
    bundles,
    args,
  }: Around,
): Promise<Outcome<Hosts, T>> {
  const { data, task } = partsOf(operation)
  const nothingKept = async (): Promise<string> => {
    throw new Error('nothing is kept aside in this test')
  }
  const answer = await answerTask(
    {
      operation: task.definition.name,
      args: args ?? task.args,
      flow: 'test',
      step: task.label.slice(0, 80),
      version: '1',
      execution: { id: 'e1', name: 'e1', startedAt: '2030-01-01T00:00:00Z' },
      data,
    },
    {
      find: () => task,
      store: { put: async () => '0'.repeat(64), get: nothingKept },
      clock,
      hosts,
      out: { publish: () => {} },
      progress,
      ...(bundles ? { bundles } : {}),
    },
    signal,
  )
  return answer as unknown as Outcome<Hosts, T>
}
