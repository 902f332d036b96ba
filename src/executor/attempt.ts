import type { Json } from '../core/json.ts'
import type { Cancelled } from './cancellation.ts'
import type { ContextObject } from './context-object.ts'
import { admit, detach, NotJsonError } from './data.ts'
import { dataLimitExceeded, ErrorName, type ErrorOutput, failureOf, StateFailure } from './errors.ts'
import type { Details } from './events.ts'
import { told } from './history.ts'
import { detailsOf } from './journal.ts'
import { failureIn } from './past.ts'
import { type Resource, scheduledDetails } from './resource.ts'
import { alarm, watchHeartbeat } from './timers.ts'
import type { Visit } from './visit.ts'

/** One try at a Task: its arguments, and its limits in seconds. */
export interface AttemptOptions {
  readonly resource: Resource
  readonly arguments: Json
  readonly timeout: number | undefined
  readonly heartbeat: number | undefined
  /** When it was scheduled, if that was before a crash. */
  readonly scheduledAt: number | undefined
}

/** How an attempt ended. */
type Ending =
  | { readonly kind: 'answered'; readonly output: unknown }
  | { readonly kind: 'failed'; readonly failure: ErrorOutput; readonly at?: number }
  | { readonly kind: 'timedOut'; readonly error: string; readonly at?: number }
  | { readonly kind: 'cancelled'; readonly reason: Cancelled; readonly late: Ending | undefined }

/**
 * Asks the port and waits for the first of: its answer (or the token's), a timeout, a missed heartbeat, a
 * cancellation. A timeout does not wait for the handler, as in AWS. A cancellation aborts its signal and gives
 * it a grace: what it still answers is told as the Task's success before the cancellation goes on.
 *
 * @throws StateFailure, or Cancelled
 */
export async function attempt(visit: Visit, options: AttemptOptions): Promise<Json> {
  const { resource } = options
  const interrupted = tellScheduled(visit, options)
  const told = interrupted ? toldEnding(visit) : undefined
  const ending = told ?? (await new Attempt(visit, options, interrupted).ending)
  switch (ending.kind) {
    case 'answered':
      return succeed(visit, resource, ending.output)
    case 'failed':
      tellEnd(visit, resource, 'Failed', () => ({ ...ending.failure }))
      throw new StateFailure(ending.failure, { at: ending.at })
    case 'timedOut':
      tellEnd(visit, resource, 'TimedOut', () => ({ error: ending.error }))
      throw new StateFailure({ error: ending.error }, { at: ending.at })
    case 'cancelled':
      tellLate(visit, resource, ending.late)
      throw ending.reason
  }
}

class Attempt {
  readonly ending: Promise<Ending>
  readonly #visit: Visit
  readonly #options: AttemptOptions
  readonly #controller = new AbortController()
  readonly #undo: (() => void)[] = []
  /** Whether the port was asked before a crash, and whether it had come back. */
  readonly #interrupted: boolean
  #submitted: boolean
  readonly #submittedAs: Json | undefined
  #settle: (ending: Ending) => void = () => {}
  #cancelled: Cancelled | undefined
  /** Whether the port has come back, which is not the end for a Task that waits for its token. */
  #returned = false
  /** Whether the port took the signal, and may be working until it is aborted. */
  #signalled = false
  #finished = false
  #beat: () => void = () => {}

  constructor(visit: Visit, options: AttemptOptions, interrupted: boolean) {
    this.#visit = visit
    this.#options = options
    this.#interrupted = interrupted
    this.#submittedAs = interrupted ? takeSubmitted(visit) : undefined
    this.#submitted = this.#submittedAs !== undefined
    this.ending = new Promise(resolve => {
      this.#settle = resolve
    })
    this.#holdToken()
    this.#watchClock()
    this.#undo.push(visit.frame.cancellation.onCancel(reason => this.#cancel(reason)))
    void this.#ask()
  }

  async #ask(): Promise<void> {
    const { resource } = this.#options
    const attempt = this
    const visit = this.#visit
    const { ports, history, settled } = visit.frame.run
    try {
      if (settled !== undefined) await settled
      if (history.journalled) await history.flush()
      if (settled !== undefined || history.journalled) {
        if (this.#isOver()) return
        if (this.#interrupted && !(await this.#repeats())) return
      }
      const output = await ports.invoke({
        resource: resource.arn,
        arguments: detach(this.#options.arguments),
        token: visit.token,
        heartbeat: () => this.#beat(),
        submitted: answer => this.#handOn(answer),
        get key() {
          return visit.uuid('call')
        },
        get signal() {
          attempt.#signalled = true
          return attempt.#controller.signal
        },
        get context() {
          return detach(visit.context()) as ContextObject
        },
      })
      this.#returned = true
      if (!resource.waitsForToken) this.#finish({ kind: 'answered', output })
      else if (!this.#finished) this.#tellSubmitted(output)
    } catch (thrown) {
      this.#returned = true
      const reason = this.#cancelled
      if (reason !== undefined && thrown === reason)
        this.#finish({ kind: 'cancelled', reason, late: undefined })
      else this.#finish({ kind: 'failed', failure: failureOf(thrown) })
    }
  }

  /** Whether it ended before the port was asked; one that was cancelled by then ends without a grace. */
  #isOver(): boolean {
    const reason = this.#cancelled
    if (reason !== undefined) this.#finish({ kind: 'cancelled', reason, late: undefined })
    else if (this.#secondsLeft() <= 0) this.#timeOut(ErrorName.timeout)
    return this.#finished
  }

  /** Whether the port is asked once more; otherwise it is known how it ended, or somebody else says so. */
  async #repeats(): Promise<boolean> {
    const { frame, token } = this.#visit
    const fate = await frame.run.ports.interrupted({
      resource: this.#options.resource.arn,
      arguments: detach(this.#options.arguments),
      token,
      submitted: this.#submitted,
      submittedAs: this.#submittedAs,
      context: detach(this.#visit.context()) as ContextObject,
    })
    if (fate === 'wait' && token !== undefined) this.#returned = true
    else if (fate === 'unknown' || fate === 'wait') this.#finish({ kind: 'failed', failure: unknownEnd })
    else if (fate !== 'repeat') this.#finish({ kind: 'answered', output: fate.answer })
    return fate === 'repeat' && !this.#isOver()
  }

  /** Not everybody who hands work on waits until that is durable; its failure is the history's own. */
  #handOn(answer: Json): Promise<void> {
    this.#tellSubmitted(answer)
    const { history } = this.#visit.frame.run
    const durable = history.journalled ? history.flush() : Promise.resolve()
    durable.catch(() => {})
    return durable
  }

  #tellSubmitted(answer: unknown): void {
    if (this.#submitted) return
    this.#submitted = true
    tellSubmitted(this.#visit, this.#options.resource, answer)
  }

  #holdToken(): void {
    const { token, frame } = this.#visit
    if (token === undefined) return
    frame.run.tokens.hold(token, {
      succeed: output => this.#finish({ kind: 'answered', output }),
      fail: (error, cause) => this.#finish({ kind: 'failed', failure: { error, cause } }),
      heartbeat: () => this.#beat(),
    })
    this.#undo.push(() => frame.run.tokens.release(token))
  }

  #watchClock(): void {
    const { timeout, heartbeat } = this.#options
    const { clock } = this.#visit.frame.run.ports
    if (timeout !== undefined)
      this.#undo.push(alarm(clock, 1000 * this.#secondsLeft(), () => this.#timeOut(ErrorName.timeout)))
    if (heartbeat === undefined) return
    const watch = watchHeartbeat(clock, 1000 * heartbeat, () => this.#timeOut(ErrorName.heartbeatTimeout))
    this.#beat = watch.beat
    this.#undo.push(watch.stop)
  }

  /** Until its timeout, which counts from when it was scheduled, whatever happened since. */
  #secondsLeft(): number {
    const { timeout = Number.POSITIVE_INFINITY, scheduledAt } = this.#options
    if (scheduledAt === undefined) return timeout
    return timeout - (this.#visit.frame.run.ports.clock.now() - scheduledAt) / 1000
  }

  #timeOut(error: string): void {
    if (this.#cancelled !== undefined) return
    this.#controller.abort(new DOMException(`The task timed out (${error})`, 'TimeoutError'))
    this.#finish({ kind: 'timedOut', error })
  }

  #cancel(reason: Cancelled): void {
    this.#cancelled = reason
    if (this.#returned && !this.#signalled) {
      // The token is with somebody who can't know that we stop: a grace would only be waiting.
      this.#finish({ kind: 'cancelled', reason, late: undefined })
      return
    }
    const { clock, limits } = this.#visit.frame.run.ports
    this.#undo.push(
      alarm(clock, limits.graceMs, () => this.#finish({ kind: 'cancelled', reason, late: undefined })),
    )
    this.#controller.abort(reason)
  }

  #finish(ending: Ending): void {
    if (this.#finished) return
    this.#finished = true
    for (const undo of this.#undo.splice(0)) undo()
    if (!this.#returned || this.#options.resource.waitsForToken) {
      this.#controller.abort(new DOMException('The task has ended', 'AbortError'))
    }
    const reason = this.#cancelled
    this.#settle(reason === undefined ? ending : { kind: 'cancelled', reason, late: ending })
  }
}

/** What a handler still said in its grace. */
function tellLate(visit: Visit, resource: Resource, late: Ending | undefined): void {
  if (late?.kind === 'failed') tellEnd(visit, resource, 'Failed', () => ({ ...late.failure }))
  if (late?.kind !== 'answered') return
  try {
    const output = admit(late.output)
    tellEnd(visit, resource, 'Succeeded', () => told('output', output))
  } catch (error) {
    if (!(error instanceof NotJsonError)) throw error
    tellEnd(visit, resource, 'Failed', () => ({ ...notJson(error) }))
  }
}

function succeed(visit: Visit, resource: Resource, answer: unknown): Json {
  try {
    const output = visit.limit(admit(answer ?? null), resource.arn)
    tellEnd(visit, resource, 'Succeeded', () => told('output', output))
    return output
  } catch (thrown) {
    const failure = thrown instanceof NotJsonError ? refused(resource, thrown) : thrown
    if (failure instanceof StateFailure) tellEnd(visit, resource, 'Failed', () => ({ ...failure.output }))
    throw failure
  }
}

function refused({ arn }: Resource, error: NotJsonError): StateFailure {
  return error.tooLarge ? dataLimitExceeded(arn) : new StateFailure(notJson(error), { cause: error })
}

function notJson({ found, path }: NotJsonError): ErrorOutput {
  return {
    error: ErrorName.taskFailed,
    cause: `The task answered ${found} at ${path}, which does not survive JSON.`,
  }
}

/** What an attempt fails with whose end was lost with its process. */
const unknownEnd: ErrorOutput = {
  error: ErrorName.unknown,
  cause:
    'The process that executed this task ended before its answer was written down: it may have done its work, wholly or in part, or not at all. Look at what it acts on, then redrive the execution, or declare a Retry for this error where repeating the work does no harm.',
}

/** Tells what was told before a crash, and answers how it ended, if that is part of it. */
function toldEnding(visit: Visit): Ending | undefined {
  const submitted = visit.past?.next?.event.type === 'TaskSubmitted'
  const told = visit.past?.at(submitted ? 1 : 0)
  if (told === undefined) return undefined
  if (submitted) takeSubmitted(visit)
  if (told.event.type.endsWith('Succeeded'))
    return { kind: 'answered', output: JSON.parse(detailsOf(told.event).output as string) }
  const at = Date.parse(told.event.timestamp)
  if (told.event.type.endsWith('Failed')) return { kind: 'failed', failure: failureIn(told), at }
  return { kind: 'timedOut', error: failureIn(told).error ?? ErrorName.timeout, at }
}

/** Answers whether it was told before a crash, so that the port may have been asked. */
function tellScheduled(
  visit: Visit,
  { resource, arguments: input, timeout, heartbeat }: AttemptOptions,
): boolean {
  const { events, service } = resource
  const key = events === 'Task' ? 'taskScheduled' : 'lambdaFunctionScheduled'
  visit.frame.tell(
    `${events}Scheduled`,
    key,
    () => scheduledDetails(resource, input, timeout, heartbeat),
    () => visit.note(),
  )
  // The port is asked once both are durable.
  const interrupted = visit.past?.next !== undefined
  if (service === undefined) visit.frame.tell('LambdaFunctionStarted')
  else visit.frame.tell('TaskStarted', 'taskStarted', () => ({ ...service }))
  return interrupted
}

/** What was said when the work was handed on, if it was. */
function takeSubmitted(visit: Visit): Json | undefined {
  const next = visit.past?.next
  if (next?.event.type !== 'TaskSubmitted') return undefined
  visit.frame.tell('TaskSubmitted')
  const { output } = detailsOf(next.event)
  return typeof output === 'string' ? (JSON.parse(output) as Json) : null
}

function tellSubmitted(visit: Visit, { service }: Resource, answer: unknown): void {
  visit.frame.tell('TaskSubmitted', 'taskSubmitted', () => ({
    ...told('output', admit(answer ?? null)),
    ...service,
  }))
}

function tellEnd(visit: Visit, { events, service }: Resource, end: string, details: () => Details): void {
  const key = events === 'Task' ? `task${end}` : `lambdaFunction${end}`
  visit.frame.tell(`${events}${end}`, key, () => ({ ...details(), ...service }))
}
