import type { ItemReader, MapState } from '../core/asl.ts'
import type { Json } from '../core/json.ts'
import { admit } from './data.ts'
import { ErrorName, EvaluationFailure, StateFailure } from './errors.ts'
import { prepareTemplate, type Template } from './template.ts'
import { prepareTyped } from './typed-field.ts'
import type { Visit } from './visit.ts'

/** What a Map works on. */
export type PrepareItems = (visit: Visit) => Promise<readonly Json[]>

export function prepareItems(state: MapState): PrepareItems {
  if (state.ItemReader !== undefined) return prepareReader(state.ItemReader)
  const items = state.Items === undefined ? undefined : prepareTyped(state.Items, 'Items', 'array')
  return async visit => (items === undefined ? inputItems(visit) : items(visit.scene()))
}

function inputItems({ input }: Visit): readonly Json[] {
  if (Array.isArray(input)) return input
  throw new EvaluationFailure(undefined, `Map state input must be an array but was: ${JSON.stringify(input)}`)
}

/** Reads the items from the store as JSON or JSON Lines; a machine with another format is refused before. */
function prepareReader(reader: ItemReader): PrepareItems {
  const args = prepareTemplate(reader.Arguments ?? {}, 'ItemReader/Arguments')
  const { InputType, MaxItems } = reader.ReaderConfig ?? {}
  const format = InputType === 'JSONL' ? 'JSONL' : 'JSON'
  const most =
    MaxItems === undefined ? undefined : prepareTyped(MaxItems, 'ItemReader/ReaderConfig/MaxItems', 'integer')

  return async visit => {
    const scene = visit.scene()
    const given = await args(scene)
    const limit = (await most?.(scene)) ?? 0
    const items = parseItems(await read(visit, reader.Resource, given), format)
    return limit > 0 ? items.slice(0, limit) : items
  }
}

async function read(visit: Visit, resource: string, args: Json): Promise<string> {
  const { readObject } = visit.frame.run.ports
  if (readObject === undefined) throw readerFailed('This executor has no store to read items from')
  const controller = new AbortController()
  const leave = visit.frame.cancellation.onCancel(reason => controller.abort(reason))
  try {
    return await readObject({ resource, arguments: args, signal: controller.signal })
  } catch (thrown) {
    throw visit.frame.cancellation.reason ?? readerFailed(String(thrown), thrown)
  } finally {
    leave()
  }
}

function parseItems(text: string, type: 'JSON' | 'JSONL'): readonly Json[] {
  try {
    const items: unknown = type === 'JSON' ? JSON.parse(text) : parseLines(text)
    if (Array.isArray(items)) return items.map(admit)
    throw new Error('the object is not a JSON array')
  } catch (thrown) {
    throw readerFailed(
      `The items cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      thrown,
    )
  }
}

function parseLines(text: string): unknown[] {
  const lines = text.split('\n').filter(line => line.trim() !== '')
  return lines.map(line => JSON.parse(line))
}

function readerFailed(cause: string, thrown?: unknown): StateFailure {
  return new StateFailure({ error: ErrorName.itemReader, cause }, { cause: thrown })
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
