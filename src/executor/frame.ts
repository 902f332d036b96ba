import type { Json } from '../core/json.ts'
import type { Cancellation } from './cancellation.ts'
import type { Note } from './journal.ts'
import type { Past } from './past.ts'
import type { Run } from './run.ts'

/** Which item an iteration works on: `$states.context.Map.Item`. */
export interface MapItem {
  readonly Index: number
  readonly Value: Json
  /** What the item stood under, in a dataset that is a JSON object. */
  readonly Key?: string
}

export type Variables = Record<string, Json>

const noVariables: Variables = Object.freeze(Object.create(null))

export interface FrameOptions {
  readonly run: Run
  readonly kind: 'machine' | 'branch' | 'iteration'
  readonly scope: string
  readonly cancellation: Cancellation
  /** The event that the first one of this frame follows. */
  readonly last: number
  /** The frame whose variables this one may read; its own stay its own. */
  readonly outer?: Frame
  readonly item?: MapItem
  /** The visit that it is a part of; it has a key of its own there. */
  readonly under?: { readonly key: string }
  /** What it did before a crash, when it is gone on with. */
  readonly past?: Past | undefined
}

/** One thread of states: the machine itself, a branch of a Parallel, an iteration of a Map. */
export class Frame {
  readonly run: Run
  readonly kind: FrameOptions['kind']
  readonly scope: string
  readonly cancellation: Cancellation
  readonly item: MapItem | undefined
  readonly past: Past | undefined
  /** States that were entered. */
  visits = 0
  readonly #under: { readonly key: string } | undefined
  /** The id of its last event. */
  last: number
  #variables: Variables
  #owned = false

  constructor(options: FrameOptions) {
    this.run = options.run
    this.kind = options.kind
    this.scope = options.scope
    this.cancellation = options.cancellation
    this.item = options.item
    this.past = options.past
    this.#under = options.under
    this.last = options.last
    this.#variables = options.outer?.variables ?? noVariables
  }

  /** Tells it apart from all other threads of the execution, those of earlier attempts included. */
  get key(): string {
    return this.#under === undefined ? '' : `${this.#under.key}${this.scope}`
  }

  get variables(): Readonly<Variables> {
    return this.#variables
  }

  /** Sets variables of this frame; those of an outer one with the same name are hidden and not changed. */
  assign(values: Readonly<Variables>): void {
    if (!this.#owned) {
      this.#variables = Object.create(this.#variables)
      this.#owned = true
    }
    Object.assign(this.#variables, values)
  }

  /** Tells an event that follows this frame's last, and becomes its last. */
  tell(type: string, key?: string, details?: Tell, note?: () => Note | undefined, at?: number): number {
    this.last = this.tellAside(type, key, details, note, at)
    return this.last
  }

  /** Tells an event that the next one does not follow, as AWS does for the ends of iterations. */
  tellAside(type: string, key?: string, details?: Tell, note?: () => Note | undefined, at?: number): number {
    const known = this.past?.take(type)
    if (known !== undefined) return known.event.id
    return this.run.history.tell(type, this.scope, this.last, key, details, note, at)
  }
}

type Tell = () => Readonly<Record<string, Json | undefined>>
