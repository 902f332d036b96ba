import type { Json } from '../core/json.ts'

/**
 * The store that stands for S3, as a DISTRIBUTED Map uses it. Errors of a store fail the Map with
 * `States.ItemReaderFailed` or `States.ResultWriterFailed`, and their message is the cause.
 */

/** What an ItemReader asks of the store. `arguments` are the reader's own: `Bucket`, `Key`, `VersionId`. */
export interface ReadCall {
  readonly resource: string
  readonly arguments: Json
  readonly signal: AbortSignal
}

/** An object's content: all of its text, or its bytes as they come. */
export type ReadObject = (call: ReadCall) => Promise<string | AsyncIterable<Uint8Array>>

/** An object to write: `arguments` are `Bucket`, `Key` and `Body`, its whole text. */
export interface WriteCall {
  readonly resource: string
  readonly arguments: { readonly Bucket: string; readonly Key: string; readonly Body: string }
  readonly signal: AbortSignal
}

/** Writes an object, which is there as a whole once the promise is kept, and not at all before. */
export type WriteObject = (call: WriteCall) => Promise<void>

/** Which objects to list: `arguments` are `Bucket` and, where the reader has one, `Prefix`. */
export interface ListCall {
  readonly resource: string
  readonly arguments: Json
  readonly signal: AbortSignal
}

/** One object of a listing. `size` is bytes, `modified` milliseconds since the epoch. */
export interface ListedObject {
  readonly key: string
  readonly size: number
  readonly modified: number
  readonly etag: string
}

/** Lists objects in the order of their keys. */
export type ListObjects = (call: ListCall) => AsyncIterable<ListedObject>
