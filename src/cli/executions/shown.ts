import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import type { ExecutionRecord, ExecutionStore } from '../../core/executions.ts'
import type { Json } from '../../core/json.ts'
import { type SpillStore, unspill } from '../../core/spill.ts'
import type { CommandContext } from '../context.ts'
import { readFetched } from '../history/aws.ts'
import { fromJournal, type HistoryEntry } from '../history/entry.ts'
import type { Visit } from '../history/timeline.ts'
import { waitsOf } from '../history/waits.ts'
import { UsageError } from '../usage-error.ts'

/** What is known of an execution; of one in the cloud it is less. */
export type ShownRecord = Omit<ExecutionRecord, 'version' | 'deadline' | 'lease' | 'machine' | 'input'> &
  Partial<Pick<ExecutionRecord, 'version' | 'deadline' | 'lease' | 'input'>> & {
    /** Who executes it, where that is not said by a lease. */
    readonly executedBy?: string
  }

/** An execution whose history is shown, wherever that was found. */
export interface Shown {
  /** Absent for a history out of a file, which says nothing but its events. */
  readonly record: ShownRecord | undefined
  /** What stands for its name where it has none. */
  readonly title: string
  entries(): Iterable<HistoryEntry>
  /** Its events in AWS's shape. */
  events(): Iterable<object>
  readonly waitsUntil: ((visit: Visit) => number | undefined) | undefined
  /** Puts back what had been too large to travel. */
  load(data: unknown): Promise<unknown>
  /** The history goes on beyond what is here. */
  readonly partial: boolean
}

export function shownFromStore(store: ExecutionStore, record: ExecutionRecord, spilled: SpillStore): Shown {
  return {
    record,
    title: record.name,
    *entries() {
      for (const entry of store.journal(record.id)) yield fromJournal(entry)
    },
    *events() {
      for (const { event, execution } of store.journal(record.id)) if (execution === record.id) yield event
    },
    waitsUntil: waitsOf(record.machine),
    load: data => (data === undefined ? Promise.resolve(undefined) : unspill(data as Json, spilled)),
    partial: false,
  }
}

/** Reads a history that was fetched from AWS; `-` reads stdin. Throws `UsageError`. */
export async function shownFromFile({ stdin, cwd }: CommandContext, file: string): Promise<Shown> {
  const what = file === '-' ? 'stdin' : file
  const text = await (file === '-' ? readAll(stdin) : readFile(path.resolve(cwd, file), 'utf8')).catch(
    (cause: Error) => {
      throw new UsageError(`--history ${what} can't be read: ${cause.message}`, { cause })
    },
  )
  const { events, entries, partial } = readFetched(text, what)
  return {
    record: undefined,
    title: what,
    entries: () => entries,
    events: () => events,
    waitsUntil: undefined,
    load: async data => data,
    partial,
  }
}
