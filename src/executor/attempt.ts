import type { Json } from '../core/json.ts'
import type { Cancelled } from './cancellation.ts'
import { admit, detach, NotJsonError } from './data.ts'
import { dataLimitExceeded, ErrorName, type ErrorOutput, failureOf, StateFailure } from './errors.ts'
import { type Details, told } from './history.ts'
import { type Resource, scheduledDetails } from './resource.ts'
import type { ContextObject } from './run.ts'
import { alarm, watchHeartbeat } from './timers.ts'
import type { Visit } from './visit.ts'

/** One try at a Task: its arguments, and its limits in seconds. */
export interface AttemptOptions {
  readonly resource: Resource
  readonly arguments: Json
  readonly timeout: number | undefined
  readonly heartbeat: number | undefined
}

/** How an attempt ended. */
type Ending =
  | { readonly kind: 'answered'; readonly output: unknown }
  | { readonly kind: 'failed'; readonly failure: ErrorOutput }
  | { readonly kind: 'timedOut'; readonly error: string }
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
  tellScheduled(visit, options)
  const ending = await new Attempt(visit, options).ending
  switch (ending.kind) {
    case 'answered':
      return succeed(visit, resource, ending.output)
    case 'failed':
      tellEnd(visit, resource, 'Failed', () => ({ ...ending.failure }))
      throw new StateFailure(ending.failure)
    case 'timedOut':
      tellEnd(visit, resource, 'TimedOut', () => ({ error: ending.error }))
      throw new StateFailure({ error: ending.error })
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
  #settle: (ending: Ending) => void = () => {}
  #cancelled: Cancelled | undefined
  /** Whether the port has come back, which is not the end for a Task that waits for its token. */
  #returned = false
  /** Whether the port took the signal, and may be working until it is aborted. */
  #signalled = false
  #finished = false
  #beat: () => void = () => {}

  constructor(visit: Visit, options: AttemptOptions) {
    this.#visit = visit
    this.#options = options
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
    try {
      const output = await visit.frame.run.ports.invoke({
        resource: resource.arn,
        arguments: detach(this.#options.arguments),
        token: visit.token,
        heartbeat: () => this.#beat(),
        submitted: answer => tellSubmitted(visit, resource, answer),
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
      else if (!this.#finished) tellSubmitted(visit, resource, output)
    } catch (thrown) {
      this.#returned = true
      const reason = this.#cancelled
      if (reason !== undefined && thrown === reason)
        this.#finish({ kind: 'cancelled', reason, late: undefined })
      else this.#finish({ kind: 'failed', failure: failureOf(thrown) })
    }
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
      this.#undo.push(alarm(clock, 1000 * timeout, () => this.#timeOut(ErrorName.timeout)))
    if (heartbeat === undefined) return
    const watch = watchHeartbeat(clock, 1000 * heartbeat, () => this.#timeOut(ErrorName.heartbeatTimeout))
    this.#beat = watch.beat
    this.#undo.push(watch.stop)
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

function tellScheduled(
  visit: Visit,
  { resource, arguments: input, timeout, heartbeat }: AttemptOptions,
): void {
  const { events, service } = resource
  const key = events === 'Task' ? 'taskScheduled' : 'lambdaFunctionScheduled'
  visit.frame.tell(`${events}Scheduled`, key, () => scheduledDetails(resource, input, timeout, heartbeat))
  if (service === undefined) visit.frame.tell('LambdaFunctionStarted')
  else visit.frame.tell('TaskStarted', 'taskStarted', () => ({ ...service }))
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
