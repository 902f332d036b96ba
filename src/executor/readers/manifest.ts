import type { Json } from '../../core/json.ts'
import { readCsv } from './csv.ts'
import type { Items } from './item.ts'
import { linesOf, type Source, wholeText } from './text.ts'

/** Where an object is. */
export interface Place {
  readonly Bucket: string
  readonly Key: string
}

/** How a manifest's files are read. Those whose keys end in `.gz` come unpacked. */
export type Open = (place: Place) => Promise<Source>

interface Inventory {
  readonly destinationBucket: string
  readonly fileFormat: string
  readonly fileSchema: string
  readonly files: readonly { readonly key: string }[]
}

/** An S3 inventory: an item for each object that its files list, with the columns that its schema names. */
export async function* readInventory(manifest: Source, open: Open, mostChars: number): Items {
  const inventory = parseInventory(await wholeText(manifest, mostChars))
  const header = inventory.fileSchema.split(',').map(name => name.trim())
  const bucket = inventory.destinationBucket.replace(/^arn:aws[\w-]*:s3:::/, '')
  for (const { key } of inventory.files) {
    const config = { CSVHeaderLocation: 'GIVEN', CSVHeaders: header } as const
    yield* readCsv(await open({ Bucket: bucket, Key: key }), config, mostChars)
  }
}

function parseInventory(text: string): Inventory {
  const found = JSON.parse(text) as Partial<Inventory> | null
  const { destinationBucket, fileFormat, fileSchema, files } = found ?? {}
  const complete =
    typeof destinationBucket === 'string' &&
    typeof fileSchema === 'string' &&
    Array.isArray(files) &&
    files.every(file => typeof (file as { key?: unknown } | null)?.key === 'string')
  if (!complete) throw new Error('The object is no manifest of an S3 inventory')
  if (fileFormat !== 'CSV')
    throw new Error(`The inventory is in ${String(fileFormat)}; only inventories in CSV are read`)
  return { destinationBucket, fileFormat, fileSchema, files }
}

/** The places that an Athena manifest lists, one `s3://bucket/key` a line. */
export async function* placesIn(manifest: Source, mostChars: number): AsyncGenerator<Place> {
  for await (const line of linesOf(manifest, mostChars)) {
    const text = line.trim().replace(/^"(.*)"$/, '$1')
    if (text === '') continue
    const match = /^s3:\/\/([^/]+)\/(.+)$/.exec(text)
    if (match === null)
      throw new Error(`${JSON.stringify(text)} in the manifest is no place of the form s3://bucket/key`)
    yield { Bucket: match[1]!, Key: match[2]! }
  }
}

/** Whether arguments name an object. */
export function isPlace(value: Json): value is { readonly Bucket: string; readonly Key: string } {
  if (typeof value !== 'object' || value === null) return false
  const { Bucket, Key } = value as { Bucket?: unknown; Key?: unknown }
  return typeof Bucket === 'string' && typeof Key === 'string'
}
