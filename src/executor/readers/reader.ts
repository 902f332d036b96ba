import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { ItemReader, ReaderConfig } from '../../core/asl.ts'
import type { Json } from '../../core/json.ts'
import { ErrorName, StateFailure } from '../errors.ts'
import type { ReadObject } from '../objects.ts'
import type { Limits } from '../run.ts'
import { prepareTemplate } from '../template.ts'
import { prepareTyped } from '../typed-field.ts'
import type { Visit } from '../visit.ts'
import { readCsv } from './csv.ts'
import type { Items } from './item.ts'
import { readJson, readJsonLines } from './json.ts'
import { listed, readListed } from './listing.ts'
import { isPlace, type Open, placesIn, readInventory } from './manifest.ts'
import type { Source } from './text.ts'

/**
 * Prepares an ItemReader, which answers the items of a visit as they are read. Whatever is wrong with the store or
 * with what it holds fails the Map with `States.ItemReaderFailed`.
 */
export function prepareReader(reader: ItemReader): (visit: Visit) => Promise<Items> {
  const args = prepareTemplate(reader.Arguments ?? {}, 'ItemReader/Arguments')
  const config = reader.ReaderConfig ?? {}
  const { MaxItems } = config
  const most =
    MaxItems === undefined ? undefined : prepareTyped(MaxItems, 'ItemReader/ReaderConfig/MaxItems', 'integer')

  return async visit => {
    const scene = visit.scene()
    const given = await args(scene)
    const limit = (await most?.(scene)) || Number.POSITIVE_INFINITY
    return guarded(visit, limit, signal => read(visit, reader.Resource, config, given, signal))
  }
}

/** Ends with the cancellation of its Map, or after so many items, and gives errors their name. */
async function* guarded(visit: Visit, most: number, open: (signal: AbortSignal) => Items): Items {
  const { cancellation } = visit.frame
  const controller = new AbortController()
  const leave = cancellation.onCancel(reason => controller.abort(reason))
  let left = most
  try {
    for await (const item of open(controller.signal)) {
      cancellation.throwIfCancelled()
      yield item
      if (--left <= 0) return
    }
  } catch (thrown) {
    throw cancellation.reason ?? readerFailed(visit, thrown)
  } finally {
    leave()
  }
}

function read(visit: Visit, resource: string, config: ReaderConfig, args: Json, signal: AbortSignal): Items {
  const { limits, readObject, listObjects } = visit.frame.run.ports
  const open = opener(readObject, resource, signal)
  if (!resource.endsWith(':listObjectsV2')) return readObjectItems(args, config, open, limits)
  if (listObjects === undefined) throw new Error('There is no store here whose objects could be listed')
  const listing = listObjects({ resource, arguments: args, signal })
  if (config.Transformation !== 'LOAD_AND_FLATTEN') return listed(listing)
  return readListed(
    listing,
    args,
    opener(readObject, resource.replace('listObjectsV2', 'getObject'), signal),
    source => readData(source, config, limits),
  )
}

function opener(readObject: ReadObject | undefined, resource: string, signal: AbortSignal): Open {
  return async place => {
    if (readObject === undefined) throw new Error('There is no store here that items could be read from')
    const source = await readObject({ resource, arguments: { ...place }, signal })
    return place.Key.endsWith('.gz') ? unpack(source) : source
  }
}

function unpack(source: Source): AsyncIterable<Uint8Array> {
  const packed = typeof source === 'string' ? [Buffer.from(source, 'latin1')] : source
  // An error of either reaches whoever reads the unpacked end.
  return pipeline(Readable.from(packed), createGunzip(), () => {})
}

async function* readObjectItems(args: Json, config: ReaderConfig, open: Open, limits: Limits): Items {
  if (!isPlace(args)) throw new Error('The Arguments of the ItemReader must name a Bucket and a Key')
  const source = await open(args)
  if (config.ManifestType === 'ATHENA_DATA') {
    for await (const place of placesIn(source, limits.recordChars))
      yield* readData(await open(place), config, limits)
  } else if (config.InputType === 'MANIFEST' || config.ManifestType === 'S3_INVENTORY') {
    yield* readInventory(source, open, limits.recordChars)
  } else yield* readData(source, config, limits)
}

function readData(source: Source, config: ReaderConfig, limits: Limits): Items {
  if (config.InputType === 'CSV') return readCsv(source, config, limits.recordChars)
  if (config.InputType === 'JSONL') return readJsonLines(source, limits.recordChars)
  return readJson(source, config.ItemsPointer ?? '', limits.datasetChars)
}

function readerFailed(visit: Visit, thrown: unknown): StateFailure {
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new StateFailure({ error: ErrorName.itemReader, cause: visit.explain(message) }, { cause: thrown })
}
