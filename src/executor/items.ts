import type { MapState } from '../core/asl.ts'
import type { Json } from '../core/json.ts'
import { EvaluationFailure } from './errors.ts'
import type { Items } from './readers/item.ts'
import { prepareReader } from './readers/reader.ts'
import type { Template } from './template.ts'
import { prepareTyped } from './typed-field.ts'
import type { Visit } from './visit.ts'

/** What a Map works on: all of it at once. */
export type PrepareItems = (visit: Visit) => Promise<readonly Json[]>

/** The items of a Map that holds them in its state. */
export function prepareItems(state: MapState): PrepareItems {
  const items = state.Items === undefined ? undefined : prepareTyped(state.Items, 'Items', 'array')
  return async visit => (items === undefined ? inputItems(visit) : items(visit.scene()))
}

/** Items as they come, and how many there are where that is known before they are read. */
export interface ItemStream {
  readonly items: Items
  readonly total: number | undefined
}

/** The items of a DISTRIBUTED Map, from its state or from a store. */
export function prepareItemStream(state: MapState): (visit: Visit) => Promise<ItemStream> {
  if (state.ItemReader !== undefined) {
    const reader = prepareReader(state.ItemReader)
    return async visit => ({ items: await reader(visit), total: undefined })
  }
  const items = prepareItems(state)
  return async visit => {
    const values = await items(visit)
    return { items: streamOf(values), total: values.length }
  }
}

async function* streamOf(values: readonly Json[]): Items {
  for (const value of values) yield { value }
}

function inputItems({ input }: Visit): readonly Json[] {
  if (Array.isArray(input)) return input
  throw new EvaluationFailure(undefined, `Map state input must be an array but was: ${JSON.stringify(input)}`)
}

/** The items of one visit, each turned into an iteration's input when it is its turn and not before. */
export class Inputs {
  readonly items: readonly Json[]
  readonly #visit: Visit
  readonly #selector: Template | undefined

  constructor(visit: Visit, items: readonly Json[], selector: Template | undefined) {
    this.#visit = visit
    this.items = items
    this.#selector = selector
  }

  at(index: number): Json | Promise<Json> {
    const value = this.items[index]!
    if (this.#selector === undefined) return value
    return this.#selector(this.#visit.scene({ item: { Index: index, Value: value } }))
  }
}
