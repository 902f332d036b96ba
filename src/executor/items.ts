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

/** Reads the items from the store as JSON or JSON Lines; other formats fail by name. */
function prepareReader(reader: ItemReader): PrepareItems {
  const args = prepareTemplate(reader.Arguments ?? {}, 'ItemReader/Arguments')
  const { InputType = 'JSON', MaxItems } = reader.ReaderConfig ?? {}
  const most =
    MaxItems === undefined ? undefined : prepareTyped(MaxItems, 'ItemReader/ReaderConfig/MaxItems', 'integer')

  return async visit => {
    const scene = visit.scene()
    const given = await args(scene)
    const limit = (await most?.(scene)) ?? 0
    const items = parseItems(await read(visit, reader.Resource, given), InputType)
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

function parseItems(text: string, type: string): readonly Json[] {
  try {
    if (type === 'JSON') {
      const value: unknown = JSON.parse(text)
      if (Array.isArray(value)) return admit(value) as readonly Json[]
      throw new Error('the object is not a JSON array')
    }
    if (type === 'JSONL')
      return admit(
        text
          .split('\n')
          .filter(line => line.trim() !== '')
          .map(line => JSON.parse(line)),
      ) as readonly Json[]
    throw new Error(`InputType ${type} is not one that this executor reads; use JSON or JSONL`)
  } catch (thrown) {
    throw readerFailed(
      `Attempting to read the items failed: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      thrown,
    )
  }
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
