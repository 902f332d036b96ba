import type { ItemBatcher } from '../core/asl.ts'
import type { Json } from '../core/json.ts'
import { prepareTemplate } from './template.ts'
import { prepareTyped, type TypedField } from './typed-field.ts'
import type { Visit } from './visit.ts'

/** What one child of a Map Run is given, and how many of the items are in it. */
export interface Portion {
  readonly input: Json
  readonly items: number
}

/** Cuts inputs into what the children get. */
export type PrepareBatches = (
  visit: Visit,
  inputs: AsyncGenerator<Json>,
) => Promise<AsyncGenerator<Portion, void>>

/** Prepares batches of as many items as an ItemBatcher allows, each of which is one child's input. */
export function prepareBatches(batcher: ItemBatcher): PrepareBatches {
  const input =
    batcher.BatchInput === undefined
      ? undefined
      : prepareTemplate(batcher.BatchInput, 'ItemBatcher/BatchInput')
  const mostItems = limit(batcher.MaxItemsPerBatch, 'ItemBatcher/MaxItemsPerBatch')
  const mostBytes = limit(batcher.MaxInputBytesPerBatch, 'ItemBatcher/MaxInputBytesPerBatch')

  return async (visit, inputs) => {
    const scene = visit.scene()
    const shared = input === undefined ? undefined : await input(scene)
    const wrap = (batch: readonly Json[]): Json =>
      shared === undefined ? { Items: batch } : { BatchInput: shared, Items: batch }
    const dataBytes = visit.frame.run.ports.limits.dataBytes
    const bytes = Math.min((await mostBytes?.(scene)) || dataBytes, dataBytes)
    const count = (await mostItems?.(scene)) || Number.POSITIVE_INFINITY
    return batched(inputs, count, bytes - sizeOf(wrap([])), wrap)
  }
}

/** Without a batcher each item is a child of its own. */
export async function* oneByOne(inputs: AsyncGenerator<Json>): AsyncGenerator<Portion, void> {
  for await (const input of inputs) yield { input, items: 1 }
}

async function* batched(
  inputs: AsyncGenerator<Json>,
  mostItems: number,
  mostBytes: number,
  wrap: (batch: readonly Json[]) => Json,
): AsyncGenerator<Portion, void> {
  let batch: Json[] = []
  let bytes = 0
  for await (const item of inputs) {
    const size = sizeOf(item) + 1
    if (batch.length > 0 && (batch.length >= mostItems || bytes + size > mostBytes)) {
      yield { input: wrap(batch), items: batch.length }
      batch = []
      bytes = 0
    }
    batch.push(item)
    bytes += size
  }
  if (batch.length > 0) yield { input: wrap(batch), items: batch.length }
}

function sizeOf(value: Json): number {
  return Buffer.byteLength(JSON.stringify(value))
}

function limit(field: number | string | undefined, location: string): TypedField<number> | undefined {
  return field === undefined ? undefined : prepareTyped(field, location, 'integer')
}
