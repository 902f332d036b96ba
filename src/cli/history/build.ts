import { close, closeThreads, reopen } from './close.ts'
import { dataOf, type HistoryEntry, textOf } from './entry.ts'
import { Chains, type Locator, Scopes } from './locate.ts'
import {
  failureIn,
  newAttempt,
  newThread,
  openIn,
  type Thread,
  type Timeline,
  threadIn,
  type Visit,
  type Words,
} from './timeline.ts'

export interface TimelineOptions {
  /** Whose input and output are kept; nobody's without it, since there may be much of it. */
  readonly keep?: ((state: string) => boolean) | undefined
}

/** Reads a history event by event. */
export class TimelineBuilder implements Timeline {
  readonly root = newThread('execution', 0)
  redrives = 0
  input: unknown
  output: unknown
  readonly #keep: (state: string) => boolean
  #execution: string | undefined
  #locator: Locator | undefined
  /** The Maps whose children are executions of their own, by what the children's ARNs begin with. */
  readonly #runs = new Map<string, Visit>()
  readonly #children = new Map<string, Thread>()

  constructor({ keep = () => false }: TimelineOptions = {}) {
    this.#keep = keep
  }

  /** Reads one more event, and answers the state that it tells of, if it tells of one. */
  add(entry: HistoryEntry): Visit | undefined {
    this.#locator ??= entry.scope === undefined ? new Chains() : new Scopes()
    this.#execution ??= entry.execution
    const root = entry.execution === this.#execution ? this.root : this.#child(entry.execution)
    // A child whose Map Run the history does not tell of has no place in it.
    if (root === undefined) return undefined
    const thread = this.#locator.locate(entry, root)
    const before = openIn(thread)
    this.#read(entry, thread, before)
    return before ?? openIn(thread) ?? thread.parent
  }

  #child(execution: string | undefined): Thread | undefined {
    if (execution === undefined) return undefined
    const known = this.#children.get(execution)
    if (known !== undefined) return known
    const end = execution.lastIndexOf(':')
    const run = this.#runs.get(execution.slice(0, end))
    const thread = run && threadIn(run, 'child', Number(execution.slice(end + 1)) || 0)
    if (thread) this.#children.set(execution, thread)
    return thread
  }

  #read(entry: HistoryEntry, thread: Thread, open: Visit | undefined): void {
    const { type, at } = entry
    if (type.startsWith('Execution')) this.#execute(entry, thread)
    else if (type.startsWith('MapIteration')) iterate(entry, thread)
    else if (type.endsWith('StateEntered')) this.#enter(entry, thread)
    else if (open === undefined) return
    else if (type.endsWith('StateExited')) this.#leave(entry, open)
    else if (type.endsWith('StateAborted')) stopped(open, at)
    else if (/Scheduled$|^(?:Map|Parallel)StateStarted$/.test(type)) attempt(open, entry)
    else if (/^(?:Map|Parallel)StateSucceeded$/.test(type)) succeeded(open, at)
    else if (type === 'MapRunStarted' || type === 'MapRunRedriven') this.#startRun(entry, open)
    else if (/(?:Failed|TimedOut)$/.test(type)) failed(open, entry)
  }

  #execute(entry: HistoryEntry, thread: Thread): void {
    const { type, at, details } = entry
    if (type === 'ExecutionStarted') {
      thread.startedAt = at
      if (thread === this.root) this.input = dataOf(details, 'input')
    } else if (type === 'ExecutionRedriven') {
      reopen(thread)
      if (thread === this.root) this.redrives++
    } else if (type === 'ExecutionSucceeded') {
      close(thread, 'SUCCEEDED', at)
      if (thread === this.root) this.output = dataOf(details, 'output')
    } else if (type === 'ExecutionFailed') close(thread, 'FAILED', at, wordsOf(entry))
    else if (type === 'ExecutionTimedOut') close(thread, 'TIMED_OUT', at, wordsOf(entry))
    else if (type === 'ExecutionAborted') close(thread, 'ABORTED', at, wordsOf(entry))
  }

  #enter({ type, at, details }: HistoryEntry, thread: Thread): void {
    const name = textOf(details, 'name') ?? ''
    thread.startedAt ??= at
    thread.visits.push({
      thread,
      name,
      type: type.slice(0, -'StateEntered'.length),
      enteredAt: at,
      leftAt: undefined,
      status: 'running',
      attempts: [],
      input: this.#keep(name) ? dataOf(details, 'input') : undefined,
      output: undefined,
    })
  }

  #leave({ at, details }: HistoryEntry, visit: Visit): void {
    const last = visit.attempts.at(-1)
    const spread = visit.type === 'Map' || visit.type === 'Parallel'
    // One that a Catch took may have no event that says so, but none that says that it succeeded either.
    const failure = last?.failure ?? (spread && last?.succeeded === false ? {} : undefined)
    closeThreads(visit, failure === undefined ? 'SUCCEEDED' : 'FAILED', at)
    visit.status = failure === undefined ? 'succeeded' : 'caught'
    visit.leftAt = at
    if (this.#keep(visit.name)) visit.output = dataOf(details, 'output')
  }

  #startRun({ details }: HistoryEntry, visit: Visit): void {
    const arn = textOf(details, 'mapRunArn')
    if (arn !== undefined) this.#runs.set(arn.replace(':mapRun:', ':execution:'), visit)
  }
}

function attempt(visit: Visit, { type, at, details }: HistoryEntry): void {
  const last = visit.attempts.at(-1)
  if (last !== undefined && last.failure === undefined) {
    last.failure = failureIn(visit) ?? {}
    closeThreads(visit, 'FAILED', at)
  }
  const items = type === 'MapStateStarted' ? Number(details.length) || 0 : undefined
  visit.attempts.push(newAttempt(at, undefined, items))
}

/** An attempt ended; a second failure without a new beginning is an attempt that failed before it was told. */
function failed(visit: Visit, entry: HistoryEntry): void {
  const words = wordsOf(entry)
  const last = visit.attempts.at(-1)
  if (
    last === undefined ||
    (last.failure !== undefined && entry.type === 'EvaluationFailed' && !entry.catching)
  )
    visit.attempts.push(newAttempt(entry.at, words))
  else if (last.failure === undefined || entry.catching) last.failure = words
  if (entry.type.endsWith('StateFailed')) closeThreads(visit, 'FAILED', entry.at)
}

function succeeded(visit: Visit, at: number | undefined): void {
  const last = visit.attempts.at(-1)
  if (last !== undefined) last.succeeded = true
  closeThreads(visit, 'SUCCEEDED', at)
}

function stopped(visit: Visit, at: number | undefined): void {
  closeThreads(visit, 'ABORTED', at)
  // AWS tells the failed Task of a branch as aborted, after its failure.
  visit.status = visit.attempts.at(-1)?.failure === undefined ? 'aborted' : 'failed'
  visit.leftAt = at
  if (visit.status === 'failed' && visit.thread.kind === 'branch') close(visit.thread, 'FAILED', at)
}

function iterate({ type, at }: HistoryEntry, thread: Thread): void {
  if (type === 'MapIterationStarted') thread.startedAt ??= at
  else if (type === 'MapIterationSucceeded') close(thread, 'SUCCEEDED', at)
  else close(thread, type === 'MapIterationFailed' ? 'FAILED' : 'ABORTED', at)
}

function wordsOf({ details }: HistoryEntry): Words {
  return { error: textOf(details, 'error'), cause: textOf(details, 'cause') }
}

/** Reads a whole history. */
export function buildTimeline(entries: Iterable<HistoryEntry>, options?: TimelineOptions): Timeline {
  const builder = new TimelineBuilder(options)
  for (const entry of entries) builder.add(entry)
  return builder
}
