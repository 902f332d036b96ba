import { onTestFinished } from 'vitest'
import type { ExecutionEnd, ExecutionStore, JournalEntry } from '../../../src/core/executions.ts'
import type { Json } from '../../../src/core/json.ts'
import { type ExecuteOptions, execute } from '../../../src/executor/index.ts'
import { openDatabase } from '../../../src/state/sqlite/database.ts'
import { openExecutionStore } from '../../../src/state/sqlite/executions/store.ts'
import { fakeClock } from '../../executor/fake-clock.ts'
import { machine } from '../../executor/harness.ts'
import type { States } from '../history/told.ts'

/** Opens the database of a project beside the command. */
export function openProject(folder: string): ExecutionStore {
  const database = openDatabase(`${folder}/.reops/reops.db`, { fsync: false })
  const store = openExecutionStore(database)
  onTestFinished(async () => {
    await store.close()
    database.close()
  })
  return store
}

export interface Seed {
  readonly flow?: string
  readonly states?: States
  readonly input?: Json
  readonly startedAt?: number
  readonly invoke?: ExecuteOptions['invoke']
  /** Keeps only the journal up to the first event of this type, and does not end it. */
  readonly until?: string
  readonly leaseMs?: number
}

const aYear = 365 * 86_400_000

const only: States = { Only: { Type: 'Pass', End: true } }

/** Executes states and keeps them as a process does. Answers the ARN and the lease's fence. */
export async function seed(
  store: ExecutionStore,
  name: string,
  { flow = 'listing', states = only, input = {}, startedAt = Date.now(), ...more }: Seed = {},
): Promise<{ readonly id: string; readonly fence: number; readonly rest: readonly JournalEntry[] }> {
  const entries: JournalEntry[] = []
  const execution = execute({
    machine: machine(states),
    machineName: flow,
    name,
    input,
    clock: fakeClock(startedAt),
    invoke: more.invoke ?? (() => null),
    journal: { append: entry => void entries.push(entry), flush: async () => {} },
  })
  const result = await execution.result()
  const { id } = execution
  const start = { id, name, flow, version: '0123456789abcdef', machine: machine(states), input, startedAt }
  const started = await store.start(
    { ...start, deadline: startedAt + aYear },
    'rack:1:ab',
    more.leaseMs ?? aYear,
  )
  if (started.kind !== 'started') throw new Error(`${name} was there before`)
  const { fence } = started.lease
  const cut = entries.findIndex(({ event }) => event.type === more.until) + 1
  store.append(id, fence, cut === 0 ? entries : entries.slice(0, cut))
  await store.flush(id, fence)
  const stoppedAt = Date.parse(entries.at(-1)!.event.timestamp)
  if (cut === 0) await store.finish(id, fence, { stoppedAt, ...result } as ExecutionEnd)
  return { id, fence, rest: cut === 0 ? [] : entries.slice(cut) }
}
