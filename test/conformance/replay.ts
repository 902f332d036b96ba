import {
  type Execution,
  type ExecutionResult,
  execute,
  type HistoryEvent,
  type InvokeCall,
  TaskError,
} from '../../src/executor/index.ts'
import { fakeClock } from '../executor/fake-clock.ts'
import type { Case, RecordedEvent } from './corpus.ts'

export interface Replayed {
  readonly result: ExecutionResult
  readonly events: readonly HistoryEvent[]
}

/** Runs a case's machine, with each Task answered as it was answered on AWS. */
export async function replay({ definition, input, recorded }: Case): Promise<Replayed> {
  const answers = answersOf(recorded.events)
  const events: HistoryEvent[] = []
  const execution: Execution = execute({
    machine: definition,
    input,
    clock: fakeClock(),
    invoke: call => answer(answers, call),
    readObject: async () => itemsOf(recorded.events),
    onEvent: (event, source) => {
      if (source.execution === execution.id) events.push(event)
    },
  })
  return { result: await execution.result(), events }
}

type Answer = { readonly output: unknown } | { readonly error: string; readonly cause: string }

/** The recorded answers of each state, in order. An answer belongs to the state that was entered last. */
function answersOf(events: readonly RecordedEvent[]): Map<string, Answer[]> {
  const answers = new Map<string, Answer[]>()
  let state = ''
  for (const event of events) {
    if (event.type === 'TaskStateEntered') state = event.stateEnteredEventDetails.name
    const answered = answerIn(event)
    if (answered !== undefined) answers.set(state, [...(answers.get(state) ?? []), answered])
  }
  return answers
}

function answerIn(event: RecordedEvent): Answer | undefined {
  const details = Object.entries(event).find(([key]) => key.endsWith('EventDetails'))?.[1]
  if (/^(Task|LambdaFunction)Succeeded$/.test(event.type)) return { output: details.output }
  if (!/^(Task|LambdaFunction)(Failed|TimedOut)$/.test(event.type)) return undefined
  return {
    error: details.error,
    cause: typeof details.cause === 'string' ? details.cause : JSON.stringify(details.cause),
  }
}

function answer(answers: Map<string, Answer[]>, { context }: InvokeCall): unknown {
  const next = answers.get(context.State.Name)?.shift()
  if (next === undefined) throw new Error(`AWS recorded no further answer for ${context.State.Name}`)
  if ('output' in next) return next.output
  throw new TaskError(next.error, next.cause)
}

/** What stood in the object that an ItemReader read, which is not recorded: the items that came of it, and more. */
function itemsOf(events: readonly RecordedEvent[]): string {
  const { output } = events.at(-1)!.executionSucceededEventDetails
  return JSON.stringify([...JSON.parse(output), { beyond: 'MaxItems' }])
}
