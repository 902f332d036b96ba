import { ReopsError } from '../core/errors.ts'
import type { JournalEntry } from '../core/executions.ts'
import { Cancelled } from './cancellation.ts'
import { type ErrorOutput, StateFailure } from './errors.ts'
import { detailsOf, type Note } from './journal.ts'

/** The journal tells of something that this machine does not do: it is not of this machine, or not whole. */
export class JournalDiverged extends ReopsError {
  override readonly name = 'JournalDiverged'
}

/** A state that was entered and not left. */
export interface OpenVisit {
  readonly name: string
  readonly input: string
  readonly at: number
  readonly id: number
  readonly beforeId: number
  /** Retries used so far, by retrier. */
  used: readonly number[]
  /** Which attempt is under way, from 0, and when it began, if it is not the first. */
  attempt: number
  attemptAt: number | undefined
}

/** The last state that was left. */
export interface LeftVisit {
  readonly output: string
  readonly next: string | undefined
  readonly id: number
}

/** What is told in the middle of a state and says how its attempt ended, so that nothing of it is done again. */
const toldInside = new Set(['EvaluationFailed', 'MapRunFailed', 'MapRunAborted'])
const schedules = new Set(['TaskScheduled', 'LambdaFunctionScheduled'])
const spreads = new Set(['MapStateStarted', 'ParallelStateStarted'])

/**
 * What a journal holds of one thread of states, read from its beginning: the state that was left last with the
 * variables set so far, and what was told of the attempt under way in the state that is open. Whoever goes on
 * tells its events to it first, which gives the recorded ones back instead of telling them twice.
 */
export class Past {
  /** States that were entered. */
  visits = 0
  left: LeftVisit | undefined
  open: OpenVisit | undefined
  /** As JSON text. */
  readonly variables: Record<string, string> = {}
  /** The threads of the attempt under way. */
  readonly inner = new Map<string, Past>()
  /** When something was last told in this thread or in one of its own. */
  lastAt = 0
  /** Whether its own start was told. */
  begun = false
  /** A redrive took back how the execution, or the Map Run of its open state, had ended, and was not told yet. */
  redriven = false
  mapRunRedriven = false
  readonly #parent: Past | undefined
  #told: JournalEntry[] = []

  constructor(parent?: Past) {
    this.#parent = parent
  }

  /** Whether any state was entered. */
  get entered(): boolean {
    return this.left !== undefined || this.open !== undefined
  }

  /** Reads one more entry. */
  read(entry: JournalEntry): void {
    const { type, timestamp } = entry.event
    const at = Date.parse(timestamp)
    for (let past: Past | undefined = this; past !== undefined; past = past.#parent) past.lastAt = at
    const note = (entry.note ?? {}) as Note
    if (type.endsWith('StateEntered')) this.#enter(entry, at)
    else if (type.endsWith('StateExited')) this.#leave(entry, note)
    else if (type === 'ExecutionStarted' || type === 'MapIterationStarted') this.begun = true
    else if (type === 'ExecutionRedriven') this.redriven = false
    else if (type === 'MapRunRedriven') this.mapRunRedriven = false
    else this.#tell(entry, note)
  }

  #enter({ event }: JournalEntry, at: number): void {
    const { name, input } = detailsOf(event) as { name: string; input: string }
    const { id, previousEventId: beforeId } = event
    this.visits++
    this.open = { name, input, at, id, beforeId, used: [], attempt: 0, attemptAt: undefined }
    this.#forget()
  }

  #leave({ event }: JournalEntry, { next }: Note): void {
    const { output, assignedVariables } = detailsOf(event) as { output: string; assignedVariables?: object }
    this.left = { output, next, id: event.id }
    Object.assign(this.variables, assignedVariables)
    this.open = undefined
    this.#forget()
  }

  #tell(entry: JournalEntry, note: Note): void {
    const { type } = entry.event
    const { open } = this
    const { attempt = 0, used = [], at: attemptAt } = note
    const another = type === 'EvaluationFailed' && open !== undefined && attempt > open.attempt
    if (schedules.has(type) || spreads.has(type) || another) {
      this.#forget()
      if (open !== undefined) Object.assign(open, { used, attempt, attemptAt })
    }
    this.#told.push(entry)
  }

  #forget(): void {
    this.#told = []
    this.inner.clear()
  }

  /** Takes back how it ended, so that the open state is attempted anew; what succeeded within it stays. */
  redrive(at: number): void {
    const spread = this.#told.some(({ event }) => spreads.has(event.type))
    const kept = this.open === undefined || spread ? this.#told.filter(succeeded) : []
    const undone = this.#told.filter(entry => !kept.includes(entry)).map(({ event }) => event.type)
    this.redriven = undone.some(type => type.startsWith('Execution'))
    this.mapRunRedriven = undone.some(type => type.startsWith('MapRun'))
    this.#told = kept
    const { open } = this
    if (open !== undefined) {
      open.used = []
      // What is spread over threads goes on; anything else is another attempt, with another token.
      if (!spread) Object.assign(open, { attempt: open.attempt + 1, attemptAt: at })
    }
    for (const past of this.inner.values()) past.redrive(at)
  }

  /** The recorded event, when one of this type is the next that was told. Throws `JournalDiverged` for another. */
  take(type: string): JournalEntry | undefined {
    const next = this.#told[0]
    if (next === undefined) return undefined
    if (next.event.type === type) return this.#told.shift()
    throw new JournalDiverged(
      `The journal of ${next.execution} goes on with ${next.event.type} where the machine goes on with ${type}; it was written by another machine or another release`,
      { detail: { execution: next.execution, scope: next.scope, event: next.event.id } },
    )
  }

  /** The next event that was told and not taken. */
  get next(): JournalEntry | undefined {
    return this.#told[0]
  }

  /** One of those events, from 0 for the next. */
  at(index: number): JournalEntry | undefined {
    return this.#told[index]
  }

  /** Throws what ended the attempt under way, if that is known; events before it are not told again. */
  throwEnding(catching = false): void {
    const index = this.#told.findIndex(entry => {
      const note = (entry.note ?? {}) as Note
      const ends =
        note.cancelled !== undefined || note.failed !== undefined || entry.event.type === 'EvaluationFailed'
      return ends && (note.catching ?? false) === catching
    })
    const entry = this.#told[index]
    if (entry === undefined) return
    this.#told.splice(0, toldInside.has(entry.event.type) ? index + 1 : index)
    const { cancelled, failed } = (entry.note ?? {}) as Note
    if (cancelled !== undefined) throw new Cancelled(cancelled.why, cancelled.message)
    throw new StateFailure(failed ?? failureIn(entry), { at: Date.parse(entry.event.timestamp) })
  }

  /** The thread of this scope in the attempt under way, made when it is not there. */
  thread(scope: string): Past {
    const known = this.inner.get(scope) ?? new Past(this)
    this.inner.set(scope, known)
    return known
  }
}

/** The error and the cause that an event tells. */
export function failureIn({ event }: JournalEntry): ErrorOutput {
  const { error, cause } = detailsOf(event) as { error?: string; cause?: string }
  return { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) }
}

function succeeded({ event: { type } }: JournalEntry): boolean {
  return !/(?:Failed|Aborted|TimedOut)$/.test(type)
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
