import type { State, StateGraph, StateMachine } from '../../core/asl.ts'
import type { Visit } from './timeline.ts'

/**
 * Says until when a Wait waits, in milliseconds since the epoch, where its state machine says so without an
 * expression.
 */
export function waitsOf(machine: StateMachine): (visit: Visit) => number | undefined {
  const waits = new Map(statesOf(machine).filter(([, state]) => state.Type === 'Wait'))
  return ({ name, enteredAt }) => {
    const state = waits.get(name)
    if (state?.Type !== 'Wait') return undefined
    const { Seconds, Timestamp } = state
    const until =
      typeof Seconds === 'number' ? (enteredAt ?? Number.NaN) + Seconds * 1000 : Date.parse(Timestamp ?? '')
    return Number.isNaN(until) ? undefined : until
  }
}

/** A state's name is unique in its machine. */
function statesOf({ States }: StateGraph): [string, State][] {
  return Object.entries(States).flatMap(([name, state]) => [
    [name, state],
    ...graphsOf(state).flatMap(statesOf),
  ])
}

function graphsOf(state: State): readonly StateGraph[] {
  if (state.Type === 'Parallel') return state.Branches
  return state.Type === 'Map' ? [state.ItemProcessor] : []
}
