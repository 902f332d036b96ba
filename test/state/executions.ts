import type { StateMachine } from '../../src/core/asl.ts'
import type { ExecutionStart, ExecutionStore, JournalEntry } from '../../src/core/executions.ts'

/** A machine that is told apart by its comment. */
export function machineOf(Comment = 'one state'): StateMachine {
  return { Comment, QueryLanguage: 'JSONata', StartAt: 'Done', States: { Done: { Type: 'Succeed' } } }
}

/** What an execution is started with, in which only what a test is about needs to be said. */
export function startOf(name: string, said: Partial<ExecutionStart> = {}): ExecutionStart {
  const flow = said.flow ?? 'listing'
  const startedAt = said.startedAt ?? 1000
  return {
    id: `arn:aws:states:local:0:execution:${flow}:${name}`,
    name,
    flow,
    version: 'v1',
    machine: machineOf(),
    input: { hosts: ['foo', 'bar'] },
    startedAt,
    deadline: startedAt + 60_000,
    ...said,
  }
}

/** Entries that are told apart by the ids of their events. */
export function entriesOf(...ids: number[]): JournalEntry[] {
  return ids.map(id => ({
    event: { id, previousEventId: id - 1, timestamp: '2026-01-02T03:04:05.000Z', type: 'PassStateEntered' },
    execution: 'main',
    scope: '',
  }))
}

/** The ids of the events in a journal. */
export function idsIn(journal: Iterable<JournalEntry>): number[] {
  return [...journal].map(({ event }) => event.id)
}

export interface OpenedStore {
  readonly store: ExecutionStore
  /** Closes what lies under the store, and removes it. */
  close(): Promise<void>
}
