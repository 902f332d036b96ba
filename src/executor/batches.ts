import type { ItemBatcher } from '../core/asl.ts'
import type { Json } from '../core/json.ts'
import { prepareTemplate } from './template.ts'
import { prepareTyped, type TypedField } from './typed-field.ts'
import type { Visit } from './visit.ts'

/** Puts items into batches, each of which is one child's input. */
export type PrepareBatches = (visit: Visit, items: readonly Json[]) => Promise<readonly Json[]>

export function prepareBatches(batcher: ItemBatcher): PrepareBatches {
  const input =
    batcher.BatchInput === undefined
      ? undefined
      : prepareTemplate(batcher.BatchInput, 'ItemBatcher/BatchInput')
  const mostItems = limit(batcher.MaxItemsPerBatch, 'ItemBatcher/MaxItemsPerBatch')
  const mostBytes = limit(batcher.MaxInputBytesPerBatch, 'ItemBatcher/MaxInputBytesPerBatch')

  return async (visit, items) => {
    const scene = visit.scene()
    const shared = input === undefined ? undefined : await input(scene)
    const wrap = (batch: readonly Json[]): Json =>
      shared === undefined ? { Items: batch } : { BatchInput: shared, Items: batch }
    const dataBytes = visit.frame.run.ports.limits.dataBytes
    const bytes = Math.min((await mostBytes?.(scene)) || dataBytes, dataBytes)
    return cut(items, (await mostItems?.(scene)) || Number.POSITIVE_INFINITY, bytes - sizeOf(wrap([]))).map(
      wrap,
    )
  }
}

function cut(items: readonly Json[], mostItems: number, mostBytes: number): Json[][] {
  const batches: Json[][] = []
  let batch: Json[] = []
  let bytes = 0
  for (const item of items) {
    const size = sizeOf(item) + 1
    if (batch.length > 0 && (batch.length >= mostItems || bytes + size > mostBytes)) {
      batches.push(batch)
      batch = []
      bytes = 0
    }
    batch.push(item)
    bytes += size
  }
  if (batch.length > 0) batches.push(batch)
  return batches
}

function sizeOf(value: Json): number {
  return Buffer.byteLength(JSON.stringify(value))
}

function limit(field: number | string | undefined, location: string): TypedField<number> | undefined {
  return field === undefined ? undefined : prepareTyped(field, location, 'integer')
}
