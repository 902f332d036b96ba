import type { StateType } from '../core/asl.ts'
import type { Json } from '../core/json.ts'
import { fits } from './data.ts'
import { dataLimitExceeded } from './errors.ts'
import type { Frame, MapItem } from './frame.ts'
import type { Bindings, Evaluation } from './guard.ts'
import type { ContextObject } from './run.ts'
import type { Scene } from './template.ts'

/** What `$states` has besides the input. */
export interface Extra {
  readonly result?: Json
  readonly errorOutput?: Json
  /** The item that a selector works on. */
  readonly item?: MapItem
}

const nothing: Extra = {}

/** One stay in a state, with all of its retries. */
export class Visit {
  readonly frame: Frame
  readonly name: string
  readonly type: StateType
  readonly input: Json
  readonly enteredAt: number
  readonly enteredId: number
  /** The event before the entry. */
  readonly beforeId: number
  retries = 0
  token: string | undefined

  constructor(
    frame: Frame,
    name: string,
    type: StateType,
    input: Json,
    enteredAt: number,
    beforeId: number,
    enteredId: number,
  ) {
    this.frame = frame
    this.name = name
    this.type = type
    this.input = input
    this.enteredAt = enteredAt
    this.beforeId = beforeId
    this.enteredId = enteredId
  }

  scene(extra: Extra = nothing): Scene {
    return new VisitScene(this, extra)
  }

  context(item: MapItem | undefined = this.frame.item): ContextObject {
    const { execution, stateMachine } = this.frame.run
    const context: Record<string, Json> & ContextObject = {
      Execution: execution,
      State: {
        EnteredTime: new Date(this.enteredAt).toISOString(),
        Name: this.name,
        RetryCount: this.retries,
      },
      StateMachine: stateMachine,
    }
    if (this.token !== undefined) context.Task = { Token: this.token }
    if (item !== undefined) context.Map = { Item: { ...item } }
    return context
  }

  /** @throws StateFailure when the data is more than a state may hold; `what` is the state or the resource */
  limit(value: Json, what: string): Json {
    if (fits(value, this.frame.run.ports.limits.dataBytes)) return value
    throw dataLimitExceeded(what)
  }
}

class VisitScene implements Scene {
  readonly #visit: Visit
  readonly #extra: Extra

  constructor(visit: Visit, extra: Extra) {
    this.#visit = visit
    this.#extra = extra
  }

  value(name: string, needsContext: boolean): unknown {
    return name === 'states' ? this.#states(needsContext) : this.#visit.frame.variables[name]
  }

  bindings(needsContext: boolean): Bindings {
    const bindings: Record<string, unknown> = Object.create(this.#visit.frame.variables)
    bindings.states = this.#states(needsContext)
    return bindings
  }

  evaluation(): Evaluation {
    const { clock, random, limits } = this.#visit.frame.run.ports
    return { now: clock.now(), random, limitMs: limits.evaluationMs }
  }

  #states(needsContext: boolean): Record<string, Json> {
    const { result, errorOutput, item } = this.#extra
    const states: Record<string, Json> = { input: this.#visit.input }
    if (result !== undefined) states.result = result
    if (errorOutput !== undefined) states.errorOutput = errorOutput
    if (needsContext) states.context = this.#visit.context(item)
    return states
  }
}
