import type { Progress } from '../../core/context.ts'
import type { Fate } from '../../operations/output/format/summary.ts'

/** What is known of a step under way. Times are milliseconds on the caller's clock. */
export interface StepTally {
  readonly step: string
  readonly began: number
  readonly hosts: ReadonlySet<string>
  readonly done: number
  readonly failed: number
  /** Hosts at work and since when, the slowest first. */
  readonly working: ReadonlyMap<string, number>
  /** What a host at work is doing, where its step says so. */
  readonly stages: ReadonlyMap<string, string>
  readonly bytes: number
  /** Absent when no transfer said how much there is. */
  readonly totalBytes: number | undefined
}

interface Counting {
  readonly step: string
  readonly began: number
  readonly hosts: Set<string>
  readonly working: Map<string, number>
  readonly stages: Map<string, string>
  readonly moved: Map<string, { readonly bytes: number; readonly total: number | undefined }>
  done: number
  failed: number
}

/** Adds up what an execution's steps say of their progress. */
export class Tally {
  readonly #steps = new Map<string, Counting>()
  readonly #fates = new Map<string, Fate>()

  /** Takes in one event at `now`. A step that begins again, as in a retry, counts anew. */
  add(event: Progress, now: number): void {
    if (event.kind === 'hosts') {
      for (const host of event.hosts) this.#fates.set(host, 'unknown')
      this.#steps.set(event.step, counting(event, now))
      return
    }
    const step = this.#steps.get(event.step)
    if (event.kind === 'host-ended') this.#fates.set(event.host, event.code ?? 'ok')
    if (!step) return
    if (event.kind === 'host-started') step.working.set(event.host, now)
    else if (event.kind === 'stage') step.stages.set(event.host, event.stage)
    else if (event.kind === 'transfer')
      step.moved.set(`${event.host}\0${event.file}`, { bytes: event.bytes, total: event.total })
    else this.#end(step, event.host, event.code !== undefined)
  }

  /** A state that works on no hosts that are known of begins, where such states are shown too. */
  enter(step: string, now: number): void {
    this.#steps.set(step, counting({ kind: 'hosts', step, hosts: [] }, now))
  }

  /** A step is over, whatever became of its hosts. */
  leave(step: string): void {
    this.#steps.delete(step)
  }

  #end(step: Counting, host: string, failed: boolean): void {
    step.working.delete(host)
    step.stages.delete(host)
    step.done++
    if (failed) step.failed++
    if (step.done >= step.hosts.size) this.#steps.delete(step.step)
  }

  /** The steps that have hosts left to hear of, in the order in which they began. */
  get steps(): readonly StepTally[] {
    return [...this.#steps.values()].map(({ moved, ...step }) => ({ ...step, ...added([...moved.values()]) }))
  }

  /** What became of each host at the last step that it was part of; `unknown` while it has not answered. */
  get fates(): ReadonlyMap<string, Fate> {
    return this.#fates
  }
}

function counting({ step, hosts }: Extract<Progress, { kind: 'hosts' }>, began: number): Counting {
  return {
    step,
    began,
    hosts: new Set(hosts),
    working: new Map(),
    stages: new Map(),
    moved: new Map(),
    done: 0,
    failed: 0,
  }
}

function added(moved: readonly { readonly bytes: number; readonly total: number | undefined }[]) {
  const known = moved.flatMap(({ total }) => (total === undefined ? [] : [total]))
  return {
    bytes: moved.reduce((sum, { bytes }) => sum + bytes, 0),
    totalBytes:
      known.length < moved.length || known.length === 0
        ? undefined
        : known.reduce((sum, total) => sum + total, 0),
  }
}
