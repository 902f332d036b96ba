import type { Retrier, StateGraph, StateType } from '../core/asl.ts'
import type { Conclude, Outcome } from './conclusion.ts'
import type { Visit } from './visit.ts'

/** Does what a state is for, once; throws for a Retry or a Catch to see. */
export type Act = (visit: Visit) => Outcome | Promise<Outcome>

export interface PreparedCatcher {
  readonly errors: readonly string[]
  readonly conclude: Conclude
}

export interface PreparedState {
  readonly name: string
  readonly type: StateType
  readonly act: Act
  readonly retriers: readonly Retrier[]
  readonly catchers: readonly PreparedCatcher[]
}

export interface PreparedGraph {
  readonly start: PreparedState
  readonly states: ReadonlyMap<string, PreparedState>
}

/** Prepares the states inside a state; given to it, since the two know each other. */
export type PrepareGraph = (graph: StateGraph) => PreparedGraph
