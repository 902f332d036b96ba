import type { JournalEntry } from '../../../src/core/executions.ts'
import type { Json } from '../../../src/core/json.ts'
import {
  type Execution,
  type ExecutionResult,
  execute,
  type Interrupted,
  type InvokeCall,
  type Journal,
} from '../../../src/executor/index.ts'
import { fakeClock } from '../fake-clock.ts'
import { machine } from '../harness.ts'

/** Answers a task; the execution is there to answer its token. */
export type Handler = (call: InvokeCall, execution: Execution) => unknown

/** A machine, what answers its tasks, and its input. */
export interface Subject {
  readonly states: Readonly<Record<string, object>>
  readonly handler?: Handler
  readonly input?: Json
  readonly timeoutSeconds?: number
  readonly random?: () => number
}

/** What was seen of a run: from the beginning, or from where it was gone on with. */
export interface Seen {
  readonly result: ExecutionResult
  readonly entries: JournalEntry[]
  readonly calls: string[]
  readonly interruptions: string[]
  readonly endedAt: number
}

export const startedAt = Date.parse('2030-01-01T00:00:00Z')

/** A journal in memory. Its entries went through JSON, as those of a file do. */
function memoryJournal(entries: JournalEntry[]): Journal {
  return {
    append: entry => void entries.push(JSON.parse(JSON.stringify(entry)) as JournalEntry),
    flush: async () => {},
  }
}

export interface Going {
  readonly entries: readonly JournalEntry[]
  /** Milliseconds between the last entry and the moment that another process goes on. */
  readonly downFor?: number
  readonly redrive?: boolean
  readonly fate?: Interrupted
}

/** Runs a subject from its beginning, or goes on with what a journal holds. */
export async function observe(subject: Subject, going?: Going): Promise<Seen> {
  const { states, handler = () => null, input = {}, timeoutSeconds, random } = subject
  const entries: JournalEntry[] = []
  const calls: string[] = []
  const interruptions: string[] = []
  const last = going?.entries.at(-1)?.event.timestamp
  const now = (last === undefined ? startedAt : Date.parse(last)) + (going?.downFor ?? 0)
  const clock = fakeClock(now)
  const execution: Execution = execute({
    machine: {
      ...machine(states),
      ...(timeoutSeconds === undefined ? {} : { TimeoutSeconds: timeoutSeconds }),
    },
    input,
    name: 'it',
    clock,
    journal: memoryJournal(entries),
    invoke: call => {
      calls.push(nameOf(call))
      return handler(call, execution)
    },
    interrupted: call => {
      interruptions.push(call.context.State.Name)
      return going?.fate?.(call) ?? 'repeat'
    },
    ...(random === undefined ? {} : { random }),
    ...(going === undefined
      ? {}
      : {
          resume: {
            entries: going.entries,
            startedAt,
            ...(going.redrive === true ? { redrive: { at: now } } : {}),
          },
        }),
  })
  const result = await execution.result()
  return { result, entries, calls, interruptions, endedAt: clock.now() }
}

/** A call by its state, the iteration that it is in, and what it was given. */
function nameOf({ context, arguments: given }: InvokeCall): string {
  return `${context.State.Name} ${JSON.stringify(given)} ${context.State.RetryCount}`
}

/** The types of the events in each thread of each execution, in order. */
export function threads(entries: readonly JournalEntry[]): Record<string, string[]> {
  const told: Record<string, string[]> = {}
  for (const { execution, scope, event } of entries) {
    const thread = `${execution}${scope}`
    told[thread] ??= []
    told[thread].push(event.type)
  }
  return told
}
