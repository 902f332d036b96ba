import type { Json } from '../core/json.ts'
import { Cancelled } from './cancellation.ts'
import type { Outcome } from './conclusion.ts'
import { ErrorName, EvaluationFailure, errorOutputOf, StateFailure } from './errors.ts'
import type { Frame } from './frame.ts'
import { ListenerFailure, told } from './history.ts'
import type { PreparedGraph, PreparedState } from './prepared.ts'
import { matches, Retries } from './retry.ts'
import { pause } from './timers.ts'
import { Visit } from './visit.ts'

/** Follows states from the first to the last and answers the last one's output. */
export async function runGraph(graph: PreparedGraph, input: Json, frame: Frame): Promise<Json> {
  let state: PreparedState | undefined = graph.start
  let data = input
  while (state !== undefined) {
    frame.cancellation.throwIfCancelled()
    const turn = frame.run.pace.step()
    if (turn !== undefined) await turn
    const outcome: Outcome = await visitState(state, data, frame)
    if (outcome.assigned !== undefined) frame.assign(outcome.assigned)
    data = outcome.output
    state = outcome.next === undefined ? undefined : graph.states.get(outcome.next)
  }
  return data
}

async function visitState(state: PreparedState, input: Json, frame: Frame): Promise<Outcome> {
  const beforeId = frame.last
  const enteredId = frame.tell(`${state.type}StateEntered`, 'stateEntered', () => ({
    ...told('input', input),
    name: state.name,
  }))
  const visit = new Visit(
    frame,
    state.name,
    state.type,
    input,
    frame.run.ports.clock.now(),
    beforeId,
    enteredId,
  )
  const outcome = await actWithRetries(state, visit)
  if (state.type !== 'Fail')
    frame.tell(`${state.type}StateExited`, 'stateExited', () => exitDetails(state.name, outcome))
  return outcome
}

async function actWithRetries(state: PreparedState, visit: Visit): Promise<Outcome> {
  const { ports } = visit.frame.run
  let retries: Retries | undefined
  for (;;) {
    try {
      return await state.act(visit)
    } catch (thrown) {
      const failure = failureIn(visit, thrown)
      if (!(failure instanceof StateFailure)) throw failure
      retries ??= new Retries(state.retriers)
      const delay = retries.next(failure.output, ports.random)
      if (delay === undefined) return await caught(state, visit, failure)
      await pause(ports.clock, delay, visit.frame.cancellation)
      visit.retries++
    }
  }
}

/** Goes where a Catch says, or fails with what failed. */
async function caught(state: PreparedState, visit: Visit, failure: StateFailure): Promise<Outcome> {
  const { type, frame } = visit
  if (type === 'Map' || type === 'Parallel') frame.tell(`${type}StateFailed`)
  const catcher = state.catchers.find(({ errors }) => matches(errors, failure.output))
  if (catcher === undefined) {
    if (type === 'Task' && frame.kind === 'branch') frame.tell('TaskStateAborted')
    throw failure
  }
  const errorOutput = errorOutputOf(failure.output)
  try {
    return await catcher.conclude(visit, { errorOutput }, errorOutput)
  } catch (thrown) {
    throw failureIn(visit, thrown)
  }
}

/** What a thrown value means for a state, told in the history where AWS tells it. */
function failureIn(visit: Visit, thrown: unknown): StateFailure | Cancelled {
  if (thrown instanceof ListenerFailure) throw thrown
  if (thrown instanceof StateFailure) return thrown
  if (thrown instanceof Cancelled) {
    visit.frame.tell(`${visit.type}StateAborted`)
    return thrown
  }
  if (thrown instanceof EvaluationFailure) return evaluationFailed(visit, thrown)
  return new StateFailure(
    { error: ErrorName.runtime, cause: `${at(visit)} ${String(thrown)}` },
    { cause: thrown },
  )
}

function evaluationFailed(visit: Visit, failure: EvaluationFailure): StateFailure {
  const { frame } = visit
  const output = { error: ErrorName.queryEvaluation, cause: `${at(visit)} ${failure.message}` }
  if (!failure.afterEntry && frame.last === visit.enteredId) frame.last = visit.beforeId
  frame.tell('EvaluationFailed', 'evaluationFailed', () => ({
    ...output,
    ...(failure.location === undefined ? {} : { location: failure.location }),
    state: visit.name,
  }))
  return new StateFailure(output)
}

function at(visit: Visit): string {
  return `An error occurred while executing the state '${visit.name}' (entered at the event id #${visit.enteredId}).`
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
