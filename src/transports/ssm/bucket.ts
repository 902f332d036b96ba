import { randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import { unlessAborted } from '../../core/aborted.ts'
import { HostTrouble } from '../../core/ports.ts'
import type { Clients } from './clients.ts'
import type { SsmSettings } from './options.ts'
import { presign } from './presign.ts'

/** An object of the bucket. */
export interface Stored {
  readonly key: string
  readonly bytes: number
}

/** The bucket through which large things go. */
export interface Bucket {
  readonly name: string
  /** What stands under a prefix, a thousand at most. */
  list(prefix: string, signal: AbortSignal): Promise<readonly Stored[]>
  /** An object, or of it the bytes that a range says, such as `bytes=-64`. */
  read(key: string, range: string | undefined, signal: AbortSignal): Promise<Readable>
  /** Puts something where a host fetches it, answers an address for that, and how to remove it again. */
  lend(
    body: Uint8Array | Readable,
    bytes: number,
    signal: AbortSignal,
  ): Promise<{ readonly url: string; remove(): Promise<void> }>
}

/** Seconds within which a host begins to fetch. */
const lent = 900

/** Milliseconds for removing it; what stays is removed by the bucket's lifecycle. */
const removing = 10_000

/** The bucket of the settings, or `undefined` where they name none. Its methods throw what the client throws. */
export function bucketOf(clients: Clients, { output }: SsmSettings): Bucket | undefined {
  if (output === undefined) return undefined
  const { bucket, prefix } = output
  const place = (key: string) => ({ Bucket: bucket, Key: key })
  return {
    name: bucket,
    async list(under, signal) {
      const { aws, client } = await clients.s3()
      const asked = new aws.ListObjectsV2Command({ Bucket: bucket, Prefix: under })
      const found = await unlessAborted(client.send(asked, { abortSignal: signal }), signal)
      return (found.Contents ?? []).map(({ Key = '', Size = 0 }) => ({ key: Key, bytes: Size }))
    },
    async read(key, range, signal) {
      const { aws, client } = await clients.s3()
      const call = { ...place(key), ...(range === undefined ? {} : { Range: range }) }
      const asked = client.send(new aws.GetObjectCommand(call), { abortSignal: signal })
      const { Body } = await unlessAborted(asked, signal)
      if (Body === undefined)
        throw new HostTrouble('exception', `the bucket ${bucket} answered nothing for ${key}`)
      return Body as Readable
    },
    async lend(body, bytes, signal) {
      const { aws, client } = await clients.s3()
      const key = `${prefix}/lent/${randomUUID()}`
      const put = new aws.PutObjectCommand({ ...place(key), Body: body, ContentLength: bytes })
      let at: URL | undefined
      // The client knows best where a bucket is.
      put.middlewareStack.add(
        next => async call => {
          at = urlOf(call.request)
          return next(call)
        },
        { step: 'build' },
      )
      await client.send(put, { abortSignal: signal })
      const [region, credentials] = await Promise.all([client.config.region(), client.config.credentials()])
      if (at === undefined) throw new HostTrouble('exception', `where ${key} was put is not known`)
      const url = presign({ method: 'GET', url: at, region, credentials, expires: lent, now: new Date() })
      const remove = async () => {
        const time = AbortSignal.timeout(removing)
        const asked = client.send(new aws.DeleteObjectCommand(place(key)), { abortSignal: time })
        await unlessAborted(asked, time)
      }
      return { url, remove }
    },
  }
}

function urlOf(request: unknown): URL {
  const { protocol, hostname, port, path } = request as {
    readonly [part in 'protocol' | 'hostname' | 'path']: string
  } & { readonly port?: number }
  return new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`)
}
