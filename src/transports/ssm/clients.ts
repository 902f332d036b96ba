import type { S3Client } from '@aws-sdk/client-s3'
import type { SSMClient } from '@aws-sdk/client-ssm'
import { sdkConfig } from '../../core/aws.ts'
import type { SsmSettings } from './options.ts'

/** Milliseconds for a connection, and for an answer to one try of a call. */
const waits = { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true } as const

/** Large objects take their time; nobody is waited for who sends nothing for this long. */
const slow = { connectionTimeout: 5_000, socketTimeout: 60_000 } as const

/** What the SDK would print on our console, it also throws. */
const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }

/** AWS's clients and their commands. */
export interface Clients {
  readonly aws: typeof import('@aws-sdk/client-ssm')
  /** Tries again by itself. */
  readonly ssm: SSMClient
  /** Tries once: a command that is sent again is another one. */
  readonly once: SSMClient
  /** S3 is only loaded where large things go through it. */
  s3(): Promise<{ readonly aws: typeof import('@aws-sdk/client-s3'); readonly client: S3Client }>
  close(): Promise<void>
}

/** Loads and makes the clients; nothing is connected yet. */
export async function openClients(settings: SsmSettings): Promise<Clients> {
  const aws = await import('@aws-sdk/client-ssm')
  const { region, profile, endpoint, s3Endpoint } = settings
  const config = { ...sdkConfig({ region, profile, endpoint }), requestHandler: waits }
  const ssm = new aws.SSMClient(config)
  const once = new aws.SSMClient({ ...config, retryMode: 'standard', maxAttempts: 1 })
  let s3: ReturnType<Clients['s3']> | undefined
  const openS3 = async () => {
    const its = await import('@aws-sdk/client-s3')
    // An address has no buckets as host names before it.
    const path = s3Endpoint === undefined ? {} : { forcePathStyle: true }
    const own = { ...sdkConfig({ region, profile, endpoint: s3Endpoint }), ...path }
    return { aws: its, client: new its.S3Client({ ...own, requestHandler: slow, logger: quiet }) }
  }
  return {
    aws,
    ssm,
    once,
    s3: () => {
      s3 ??= openS3()
      return s3
    },
    async close() {
      ssm.destroy()
      once.destroy()
      ;(await s3?.catch(() => undefined))?.client.destroy()
    },
  }
}
