import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { S3Client } from '@aws-sdk/client-s3'
import { type AwsClientOptions, sdkConfig } from '../../core/aws.ts'
import type { SpillStore } from '../../core/spill.ts'
import { SpilledDataDamaged, SpilledDataMissing, spilledKey } from '../spilled-data.ts'
import { explained } from './trouble.ts'

/** Which bucket, and under what its objects stand. */
export interface S3SpillOptions extends AwsClientOptions {
  readonly bucket: string
  /** `spilled` when left out. */
  readonly prefix?: string | undefined
  /** Milliseconds after which a line on which nothing comes any more counts as broken; a minute when left out. */
  readonly silence?: number | undefined
}

/** Milliseconds for a connection. Large data takes its time, as long as something comes. */
const connectionTimeout = 5_000
const defaultSilence = 60_000

/** The lifecycle of a bucket counts from when an object was written: one this old is written again when it is kept again. */
const youngMs = 5 * 86_400_000

/** S3 answers a conflict when two write one key at once; so often it is tried. */
const tries = 5

/** Nothing that a step hands on is larger; what claims to be is no data of ours. */
const mostBytes = 512 * 1_024 ** 2

/**
 * Keeps large data in a bucket of S3, by the SHA-256 of what it holds: nothing is written twice, what arrives is checked
 * by S3, and what is read is checked by us. Nothing is loaded or connected before the first use. Throws
 * `SpilledDataMissing` where nothing is kept, `SpilledDataDamaged` where it is something else, and `SpillUnavailable`.
 *
 * @example
 * const spill = openS3Spill({ bucket: 're-ops-data', region: 'eu-central-1' })
 * const key = await spill.put(JSON.stringify({ large: 'x'.repeat(100_000) }))
 * JSON.parse(await spill.get(key))
 * await spill.close()
 */
export function openS3Spill(options: S3SpillOptions): SpillStore & { close(): Promise<void> } {
  const { bucket, prefix = 'spilled' } = options
  let opened: Promise<Opened> | undefined
  const open = () => {
    opened ??= load(options)
    return opened
  }
  const place = (key: string) => ({ Bucket: bucket, Key: `${prefix}/${key}` })

  return {
    async put(json) {
      const digest = createHash('sha256').update(json).digest()
      const key = digest.toString('hex')
      const { s3, client } = await open()
      const write = (condition: { IfNoneMatch?: string }) =>
        client.send(
          new s3.PutObjectCommand({
            ...place(key),
            ...condition,
            Body: json,
            ContentLength: Buffer.byteLength(json),
            ContentType: 'application/json',
            ChecksumSHA256: digest.toString('base64'),
          }),
        )
      try {
        if (await unlessThere(() => write({ IfNoneMatch: '*' }))) return key
        const { LastModified } = await client.send(new s3.HeadObjectCommand(place(key)))
        if (LastModified === undefined || Date.now() - LastModified.getTime() > youngMs) await write({})
        return key
      } catch (error) {
        throw explained(error, bucket)
      }
    },
    async get(key) {
      if (!spilledKey.test(key)) throw new SpilledDataMissing(`${JSON.stringify(key)} is no key of kept data`)
      const { s3, client } = await open()
      let json: string
      try {
        const { Body, ContentLength = 0 } = await client.send(new s3.GetObjectCommand(place(key)))
        if (ContentLength > mostBytes) {
          // Not read to its end, it would keep its connection.
          ;(Body as { destroy?: () => void } | undefined)?.destroy?.()
          throw damaged(bucket, key)
        }
        json = (await Body?.transformToString('utf8')) ?? ''
      } catch (error) {
        if (error instanceof SpilledDataDamaged) throw error
        // Without the right to list a bucket, what is not there is forbidden.
        if ((error as Error).name === 'NoSuchKey')
          throw new SpilledDataMissing(
            `data that an earlier step kept aside is gone: ${key} is not in the bucket ${bucket}`,
            { cause: error },
          )
        throw explained(error, bucket)
      }
      if (createHash('sha256').update(json).digest('hex') !== key) throw damaged(bucket, key)
      return json
    },
    async close() {
      const last = await opened?.catch(() => undefined)
      opened = undefined
      last?.client.destroy()
    },
  }
}

type S3 = typeof import('@aws-sdk/client-s3')

interface Opened {
  readonly s3: S3
  readonly client: S3Client
}

async function load({ silence = defaultSilence, ...options }: S3SpillOptions): Promise<Opened> {
  const s3 = await import('@aws-sdk/client-s3')
  // An address has no buckets as host names before it.
  const path = options.endpoint === undefined ? {} : { forcePathStyle: true }
  const requestHandler = { connectionTimeout, socketTimeout: silence }
  return { s3, client: new s3.S3Client({ ...sdkConfig(options), ...path, requestHandler }) }
}

/** Writes, and answers whether it did: `false` where it is there already. */
async function unlessThere(write: () => Promise<unknown>): Promise<boolean> {
  for (let tried = 1; ; tried++) {
    try {
      await write()
      return true
    } catch (error) {
      const { name } = error as Error
      if (name === 'PreconditionFailed') return false
      if (name !== 'ConditionalRequestConflict' || tried === tries) throw error
      await sleep(50 * tried * (0.5 + Math.random()))
    }
  }
}

function damaged(bucket: string, key: string): SpilledDataDamaged {
  return new SpilledDataDamaged(
    `data that an earlier step kept aside is not what it was: ${key} in the bucket ${bucket} holds something else`,
  )
}
