import { createHash } from 'node:crypto'
import { escaped, type WireCall, WireError, type WireReply, type WireService, xmlReply } from './wire.ts'

/** One object. */
export interface StoredObject {
  readonly bytes: Buffer
  readonly etag: string
  modified: Date
  readonly headers: Readonly<Record<string, string>>
}

export interface FakeS3 extends WireService {
  /** Objects by key, by bucket. Tests look into it, and change it. */
  readonly buckets: ReadonlyMap<string, Map<string, StoredObject>>
  /** Puts an object there as some other service of AWS does it. */
  store(bucket: string, key: string, bytes: Uint8Array): void
}

/** Headers that are kept with an object and told with it. */
const kept = ['content-type', 'cache-control', 'x-amz-checksum-sha256', 'x-amz-checksum-crc32']

/**
 * S3 by its REST API, with buckets as the first part of a path: objects, ranges, conditional writes, checksums, lists in
 * pages, and addresses that were signed beforehand, until they expire.
 */
export function fakeS3(names: readonly string[], { pageSize = 1_000 } = {}): FakeS3 {
  const buckets = new Map(names.map(name => [name, new Map<string, StoredObject>()]))
  const store = (bucket: string, key: string, bytes: Uint8Array, headers: Record<string, string> = {}) => {
    const object = {
      bytes: Buffer.from(bytes),
      etag: `"${createHash('md5').update(bytes).digest('hex')}"`,
      modified: new Date(),
      headers,
    }
    objectsOf(buckets, bucket).set(key, object)
    return object
  }
  return {
    name: 's3',
    protocol: 'rest-xml',
    buckets,
    store: (bucket, key, bytes) => void store(bucket, key, bytes),
    handle(call) {
      refuseExpired(call)
      const [, bucket = '', ...rest] = call.path.split('/').map(decodeURIComponent)
      const key = rest.join('/')
      const objects = objectsOf(buckets, bucket)
      if (key === '') return handleBucket(call, bucket, objects, pageSize)
      if (call.method === 'PUT') {
        const bytes = bodyOf(call)
        checkConditions(call, objects.get(key))
        checkSum(call, bytes)
        const headers = kept.flatMap(name => (call.headers[name] ? [[name, call.headers[name]]] : []))
        return { headers: { etag: store(bucket, key, bytes, Object.fromEntries(headers)).etag } }
      }
      if (call.method === 'DELETE') {
        objects.delete(key)
        return { status: 204 }
      }
      const object = objects.get(key)
      if (object === undefined) {
        if (call.method === 'HEAD') return { status: 404 }
        throw new WireError('NoSuchKey', 'The specified key does not exist.', 404)
      }
      return read(call, object)
    },
  }
}

function objectsOf(buckets: FakeS3['buckets'], bucket: string): Map<string, StoredObject> {
  const objects = buckets.get(bucket)
  if (objects) return objects
  throw new WireError('NoSuchBucket', 'The specified bucket does not exist', 404)
}

function read(
  { method, headers }: WireCall,
  { bytes, etag, modified, headers: its }: StoredObject,
): WireReply {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? '') ?? []
  const told = { ...its, etag, 'last-modified': modified.toUTCString(), 'accept-ranges': 'bytes' }
  const whole = { headers: { ...told, 'content-length': String(bytes.length) } }
  if (method === 'HEAD') return whole
  if (from === undefined || to === undefined) return { ...whole, body: bytes }
  const start = from === '' ? Math.max(0, bytes.length - Number(to)) : Number(from)
  const end = from === '' || to === '' ? bytes.length : Math.min(bytes.length, Number(to) + 1)
  if (start >= bytes.length)
    throw new WireError('InvalidRange', 'The requested range is not satisfiable', 416)
  const part = bytes.subarray(start, end)
  const range = `bytes ${start}-${end - 1}/${bytes.length}`
  const { 'x-amz-checksum-sha256': _, 'x-amz-checksum-crc32': __, ...others } = told as Record<string, string>
  return { status: 206, headers: { ...others, 'content-range': range }, body: part }
}

function handleBucket(
  call: WireCall,
  bucket: string,
  objects: Map<string, StoredObject>,
  pageSize: number,
): WireReply {
  if (call.method === 'HEAD') return {}
  if (call.method === 'POST' && call.query.has('delete')) {
    const keys = [...call.body.toString().matchAll(/<Key>(.*?)<\/Key>/g)].map(match => unescaped(match[1]!))
    for (const key of keys) objects.delete(key)
    const deleted = keys.map(key => `<Deleted><Key>${escaped(key)}</Key></Deleted>`)
    return xmlReply(`<DeleteResult>${deleted.join('')}</DeleteResult>`)
  }
  if (call.method !== 'GET' || call.query.get('list-type') !== '2')
    throw new WireError('NotImplemented', `${call.method} of a bucket is not played here`, 501)
  const prefix = call.query.get('prefix') ?? ''
  const after = call.query.get('continuation-token') ?? call.query.get('start-after') ?? ''
  const most = Math.min(Number(call.query.get('max-keys') ?? pageSize), pageSize)
  const keys = [...objects.keys()].filter(key => key.startsWith(prefix) && key > after).sort()
  const page = keys.slice(0, most)
  const more = keys.length > page.length
  const contents = page.map(key => {
    const { bytes, etag, modified } = objects.get(key)!
    return `<Contents><Key>${escaped(key)}</Key><LastModified>${modified.toISOString()}</LastModified><ETag>${escaped(etag)}</ETag><Size>${bytes.length}</Size></Contents>`
  })
  const next = more ? `<NextContinuationToken>${escaped(page.at(-1)!)}</NextContinuationToken>` : ''
  return xmlReply(
    `<ListBucketResult><Name>${bucket}</Name><Prefix>${escaped(prefix)}</Prefix><KeyCount>${page.length}</KeyCount><MaxKeys>${most}</MaxKeys><IsTruncated>${more}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`,
  )
}

function checkConditions({ headers }: WireCall, there: StoredObject | undefined): void {
  const none = headers['if-none-match']
  const match = headers['if-match']
  if ((none === '*' && there) || (match !== undefined && match !== there?.etag))
    throw new WireError(
      'PreconditionFailed',
      'At least one of the pre-conditions you specified did not hold',
      412,
    )
}

function checkSum({ headers }: WireCall, bytes: Buffer): void {
  const said = headers['x-amz-checksum-sha256']
  if (said !== undefined && said !== createHash('sha256').update(bytes).digest('base64'))
    throw new WireError('BadDigest', 'The SHA256 you specified did not match the calculated checksum.')
}

/** The SDK sends streams in chunks with their checksum behind them. */
function bodyOf({ headers, body }: WireCall): Buffer {
  if (headers['content-encoding']?.includes('aws-chunked') !== true) return body
  const parts: Buffer[] = []
  for (let at = 0; ; ) {
    const line = body.indexOf('\r\n', at)
    const size = Number.parseInt(body.toString('latin1', at, line), 16)
    if (!(size > 0)) return Buffer.concat(parts)
    parts.push(body.subarray(line + 2, line + 2 + size))
    at = line + 2 + size + 2
  }
}

function refuseExpired({ query }: WireCall): void {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query.get('X-Amz-Date') ?? '') ?? []
  if (year === undefined) return
  const signed = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (Date.now() > signed + Number(query.get('X-Amz-Expires')) * 1_000)
    throw new WireError('AccessDenied', 'Request has expired', 403)
}

function unescaped(text: string): string {
  const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (_, decimal, hex, name) =>
    name ? (named[name] ?? '') : String.fromCodePoint(decimal ? Number(decimal) : Number.parseInt(hex, 16)),
  )
}
