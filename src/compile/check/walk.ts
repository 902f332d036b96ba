import type { State, StateGraph } from '../../core/asl.ts'

/** A state, its name and the graphs around it, outermost first. */
export interface Place {
  readonly name: string
  readonly state: State
  readonly graph: StateGraph
}

/** The graphs directly inside a state. */
export function graphsIn(state: State): readonly StateGraph[] {
  if (state.Type === 'Parallel') return state.Branches
  if (state.Type === 'Map') return [state.ItemProcessor]
  return []
}

/** Every state of a machine, those of branches and processors included. */
export function* walk(graph: StateGraph): Generator<Place> {
  for (const [name, state] of Object.entries(graph.States)) {
    yield { name, state, graph }
    for (const inner of graphsIn(state)) yield* walk(inner)
  }
}

/** Where a state may lead, errors caught included. */
export function nextOf(state: State): readonly string[] {
  const next = 'Next' in state && state.Next ? [state.Next] : []
  const caught = 'Catch' in state && state.Catch ? state.Catch.map(catcher => catcher.Next) : []
  const chosen =
    state.Type === 'Choice'
      ? [...state.Choices.map(rule => rule.Next), ...(state.Default ? [state.Default] : [])]
      : []
  return [...next, ...caught, ...chosen]
}
