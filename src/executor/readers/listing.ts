import type { Json } from '../../core/json.ts'
import type { ListedObject } from '../objects.ts'
import type { Items } from './item.ts'
import type { Open } from './manifest.ts'
import type { Source } from './text.ts'

/** An item for each object of a listing, in the words of ListObjectsV2. */
export async function* listed(listing: AsyncIterable<ListedObject>): Items {
  for await (const { key, size, modified, etag } of listing) {
    yield {
      value: {
        Etag: `"${etag}"`,
        Key: key,
        LastModified: modified / 1000,
        Size: size,
        StorageClass: 'STANDARD',
      },
    }
  }
}

/** The items within each object of a listing, one object after the other. Folders have none. */
export async function* readListed(
  listing: AsyncIterable<ListedObject>,
  args: Json,
  open: Open,
  read: (source: Source) => Items,
): Items {
  const { Bucket } = args as { readonly Bucket: string }
  for await (const { key } of listing) {
    if (!key.endsWith('/')) yield* read(await open({ Bucket, Key: key }))
  }
}
