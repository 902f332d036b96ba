import type { JournalEntry } from '../core/executions.ts'
import { Seed } from './chance.ts'
import type { Note } from './journal.ts'
import { detailsOf } from './journal.ts'
import { JournalDiverged, Past } from './past.ts'

/** What a journal holds of one execution. */
export class PastExecution {
  readonly machine = new Past()
  /** The id of its last event. */
  lastId = 0
  startedAt: number | undefined
  /** As JSON text. */
  input: string | undefined
  seed: Seed | undefined
  redrives = 0
  redrivenAt: number | undefined
  /** The threads that have others within, by what the others' scopes begin with. */
  readonly #around = new Map<string, Past>()

  read(entry: JournalEntry): void {
    const { event, scope } = entry
    this.lastId = Math.max(this.lastId, event.id)
    if (event.type === 'ExecutionStarted') {
      this.startedAt = Date.parse(event.timestamp)
      const { seed } = (entry.note ?? {}) as Note
      if (seed !== undefined) this.seed = new Seed(() => seed)
      this.input = detailsOf(event).input as string
    }
    const past = this.#thread(scope)
    past.read(entry)
    if (event.type === 'ParallelStateStarted' || event.type === 'MapStateStarted')
      this.#around.set(`${scope}/${past.open?.name}`, past)
  }

  #thread(scope: string): Past {
    if (scope === '') return this.machine
    const around = this.#around.get(scope.slice(0, scope.search(/[[{]\d+[\]}]$/)))
    if (around !== undefined) return around.thread(scope)
    throw new JournalDiverged(`The journal tells of ${scope}, which nothing before it began; it is not whole`)
  }
}

/** The executions of a journal, by their ARNs: the one that it is of, and the children of its DISTRIBUTED Maps. */
export type Pasts = ReadonlyMap<string, PastExecution>

/** Reads a journal. It keeps what going on needs and nothing of the states that were left before. */
export function recall(entries: Iterable<JournalEntry>, id: string): Pasts {
  const pasts = new Map<string, PastExecution>()
  for (const entry of entries) {
    const past = pasts.get(entry.execution) ?? new PastExecution()
    pasts.set(entry.execution, past)
    if (entry.event.type === 'ExecutionRedriven' && entry.execution === id)
      redrive(pasts, id, Date.parse(entry.event.timestamp))
    past.read(entry)
  }
  return pasts
}

/** Takes back the failure of an execution and those of the children that it failed with. */
export function redrive(pasts: Pasts, id: string, at: number): void {
  for (const past of pasts.values()) past.machine.redrive(at)
  const main = pasts.get(id)
  if (main === undefined) return
  main.redrives++
  main.redrivenAt = at
}
