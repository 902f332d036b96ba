import type { Json } from '../core/json.ts'
import { Cancelled } from './cancellation.ts'
import type { Outcome } from './conclusion.ts'
import { ErrorName, EvaluationFailure, errorOutputOf, StateFailure } from './errors.ts'
import type { Frame } from './frame.ts'
import { ListenerFailure, told } from './history.ts'
import { noteOf } from './journal.ts'
import { JournalDiverged, type OpenVisit, type Past, sum } from './past.ts'
import type { PreparedGraph, PreparedState } from './prepared.ts'
import { matches, Retries } from './retry.ts'
import { pause } from './timers.ts'
import { Visit } from './visit.ts'

/** Follows states from the first to the last and answers the last one's output. */
export async function runGraph(graph: PreparedGraph, input: Json, frame: Frame): Promise<Json> {
  let state: PreparedState | undefined = graph.start
  let data = input
  let open: OpenVisit | undefined
  if (frame.past !== undefined) {
    ;({ state, data, open } = goOn(graph, input, frame, frame.past))
  }
  while (state !== undefined) {
    if (open === undefined) {
      frame.past?.throwEnding()
      frame.cancellation.throwIfCancelled()
    }
    const turn = frame.run.pace.step()
    if (turn !== undefined) await turn
    const visit: Visit = open === undefined ? enter(state, data, frame) : reenter(state, data, frame, open)
    open = undefined
    const outcome: Outcome = await stay(state, visit)
    if (outcome.assigned !== undefined) frame.assign(outcome.assigned)
    data = outcome.output
    state = outcome.next === undefined ? undefined : graph.states.get(outcome.next)
  }
  return data
}

/** Where a thread was before a crash: the state that it was in, or the one that comes next. */
function goOn(
  graph: PreparedGraph,
  input: Json,
  frame: Frame,
  { left, open, variables, visits }: Past,
): { state: PreparedState | undefined; data: Json; open: OpenVisit | undefined } {
  const entries = Object.entries(variables)
  if (entries.length > 0)
    frame.assign(Object.fromEntries(entries.map(([name, text]) => [name, JSON.parse(text) as Json])))
  frame.visits = visits
  if (left !== undefined) frame.last = left.id
  if (open !== undefined)
    return { state: stateOf(graph, open.name), data: JSON.parse(open.input) as Json, open }
  if (left === undefined) return { state: graph.start, data: input, open }
  const state = left.next === undefined ? undefined : stateOf(graph, left.next)
  return { state, data: JSON.parse(left.output) as Json, open }
}

function stateOf(graph: PreparedGraph, name: string): PreparedState {
  const state = graph.states.get(name)
  if (state !== undefined) return state
  throw new JournalDiverged(
    `The journal is in the state '${name}', which this machine does not have; it was written by another`,
  )
}

function enter(state: PreparedState, input: Json, frame: Frame): Visit {
  const beforeId = frame.last
  const enteredAt = frame.run.ports.clock.now()
  frame.visits++
  const details = () => ({ ...told('input', input), name: state.name })
  const enteredId = frame.tell(`${state.type}StateEntered`, 'stateEntered', details, undefined, enteredAt)
  return new Visit(frame, state.name, state.type, input, enteredAt, beforeId, enteredId)
}

function reenter(state: PreparedState, input: Json, frame: Frame, open: OpenVisit): Visit {
  const visit = new Visit(frame, state.name, state.type, input, open.at, open.beforeId, open.id)
  frame.last = open.id
  visit.past = frame.past
  visit.used = open.used
  visit.retries = sum(open.used)
  visit.attempt = open.attempt
  if (open.attemptAt !== undefined) visit.begin(open.attemptAt)
  return visit
}

async function stay(state: PreparedState, visit: Visit): Promise<Outcome> {
  const { frame } = visit
  const outcome = await actWithRetries(state, visit)
  if (state.type !== 'Fail') {
    frame.tell(
      `${state.type}StateExited`,
      'stateExited',
      () => exitDetails(state.name, outcome),
      () => (outcome.next === undefined ? undefined : { next: outcome.next }),
    )
  }
  return outcome
}

async function actWithRetries(state: PreparedState, visit: Visit): Promise<Outcome> {
  const { clock } = visit.frame.run.ports
  let retries: Retries | undefined
  for (;;) {
    try {
      visit.past?.throwEnding()
      return await state.act(visit)
    } catch (thrown) {
      const failure = failureIn(visit, thrown)
      if (!(failure instanceof StateFailure)) throw failure
      retries ??= new Retries(state.retriers, visit.used)
      const delay = retries.next(failure.output, () => visit.jitter())
      if (delay === undefined) return await caught(state, visit, failure)
      await retryPause(visit, delay, failure.at)
      visit.retries++
      visit.attempt++
      visit.used = retries.used
      visit.begin(clock.now())
    }
  }
}

/** Counts from the failure, which may have been before a crash. */
async function retryPause(visit: Visit, delay: number, failedAt: number | undefined): Promise<void> {
  const { clock } = visit.frame.run.ports
  const passed = failedAt === undefined ? 0 : clock.now() - failedAt
  visit.past = undefined
  await pause(clock, Math.max(0, delay - passed), visit.frame.cancellation)
}

/** Goes where a Catch says, or fails with what failed. */
async function caught(state: PreparedState, visit: Visit, failure: StateFailure): Promise<Outcome> {
  const { type, frame } = visit
  if (type === 'Map' || type === 'Parallel')
    frame.tell(`${type}StateFailed`, undefined, undefined, () => ({ failed: failure.output }))
  const catcher = state.catchers.find(({ errors }) => matches(errors, failure.output))
  if (catcher === undefined) {
    if (type === 'Task' && frame.kind === 'branch') frame.tell('TaskStateAborted')
    throw failure
  }
  const errorOutput = errorOutputOf(failure.output)
  visit.begun()
  try {
    visit.past?.throwEnding(true)
    return await catcher.conclude(visit, { errorOutput }, errorOutput)
  } catch (thrown) {
    throw failureIn(visit, thrown, true)
  }
}

/** What a thrown value means for a state, told in the history where AWS tells it. */
function failureIn(visit: Visit, thrown: unknown, catching = false): StateFailure | Cancelled {
  if (thrown instanceof ListenerFailure || thrown instanceof JournalDiverged) throw thrown
  if (thrown instanceof StateFailure) return thrown
  if (thrown instanceof Cancelled) {
    visit.frame.tell(`${visit.type}StateAborted`, undefined, undefined, () => noteOf(thrown))
    return thrown
  }
  if (thrown instanceof EvaluationFailure) return evaluationFailed(visit, thrown, catching)
  return new StateFailure(
    { error: ErrorName.runtime, cause: visit.explain(String(thrown)) },
    { cause: thrown },
  )
}

function evaluationFailed(visit: Visit, failure: EvaluationFailure, catching: boolean): StateFailure {
  const { frame } = visit
  const output = { error: ErrorName.queryEvaluation, cause: visit.explain(failure.message) }
  if (!failure.afterEntry && frame.last === visit.enteredId) frame.last = visit.beforeId
  const details = () => ({
    ...output,
    ...(failure.location === undefined ? {} : { location: failure.location }),
    state: visit.name,
  })
  frame.tell('EvaluationFailed', 'evaluationFailed', details, () => (catching ? { catching } : visit.note()))
  return new StateFailure(output)
}

function exitDetails(name: string, outcome: Outcome): Record<string, Json> {
  const { assigned, output } = outcome
  const details = { name, ...told('output', output) } as Record<string, Json>
  if (assigned === undefined) return details
  const texts = Object.entries(assigned).map(([variable, value]) => [variable, JSON.stringify(value)])
  return {
    assignedVariables: Object.fromEntries(texts),
    assignedVariablesDetails: { truncated: false },
    ...details,
  }
}
