import type { StateType } from '../core/asl.ts'
import type { Json } from '../core/json.ts'
import { Chance, secretOf, uuidOf } from './chance.ts'
import type { ContextObject } from './context-object.ts'
import { fits } from './data.ts'
import { dataLimitExceeded } from './errors.ts'
import type { Frame, MapItem } from './frame.ts'
import type { Bindings, Evaluation } from './guard.ts'
import type { Note } from './journal.ts'
import type { Past } from './past.ts'
import type { Scene } from './template.ts'

/** What `$states` has besides the input. */
export interface Extra {
  readonly result?: Json
  readonly errorOutput?: Json
  /** The item that a selector works on. */
  readonly item?: MapItem
}

const nothing: Extra = {}
const noneUsed: readonly number[] = []

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
  /** Which attempt it is, from 0. A redrive has none of the retries used, and the attempts go on. */
  attempt = 0
  /** Retries used so far, by retrier. */
  used: readonly number[] = noneUsed
  token: string | undefined
  /** What it did before a crash, when it is gone on with. */
  past: Past | undefined
  /** The time that expressions see while its attempt begins, so that going on finds what it found. */
  #beginsAt: number | undefined
  readonly #ordinal: number
  #chance: Chance | undefined

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
    this.#beginsAt = enteredAt
    this.#ordinal = frame.visits
  }

  /** Another attempt begins. */
  begin(at: number): void {
    this.#beginsAt = at
    this.#chance = undefined
  }

  /** What the attempt works on is known: from now on, expressions see the time that it is. */
  begun(): void {
    this.#beginsAt = undefined
  }

  /** The time that expressions see. */
  now(): number {
    return this.#beginsAt ?? this.frame.run.ports.clock.now()
  }

  /** Chance that is the same when the attempt is gone on with. */
  random(): number {
    const { ports } = this.frame.run
    if (ports.random !== undefined) return ports.random()
    this.#chance ??= new Chance(this.#seed('random'))
    return this.#chance.next()
  }

  /** For the pause before the next attempt. */
  jitter(): number {
    const { ports } = this.frame.run
    return ports.random?.() ?? new Chance(this.#seed('jitter')).next()
  }

  /** A name that belongs to this attempt alone. */
  uuid(purpose: string): string {
    const chance = new Chance(this.#seed(purpose))
    return uuidOf(() => chance.next())
  }

  /** A secret of this attempt. */
  secret(purpose: string): string {
    return secretOf(this.#seed(purpose))
  }

  #seed(purpose: string): string {
    return `${this.frame.run.seed.text}/${this.key}/${purpose}`
  }

  /**
   * Tells the attempt apart from all others of the execution. It does not depend on what other threads do
   * meanwhile, as the ids of events do.
   */
  get key(): string {
    return `${this.frame.key}#${this.#ordinal}.${this.attempt}`
  }

  /** What is written beside the beginning of an attempt that is not the first. */
  note(): Note | undefined {
    const { attempt, used } = this
    return attempt === 0 ? undefined : { attempt, used, at: this.now() }
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

  /** A cause in AWS's form: in which stay of which state it happened, and what did. */
  explain(what: string): string {
    return `An error occurred while executing the state '${this.name}' (entered at the event id #${this.enteredId}). ${what}`
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
    const visit = this.#visit
    return {
      now: visit.now(),
      random: () => visit.random(),
      limitMs: visit.frame.run.ports.limits.evaluationMs,
    }
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
