import type { CloudFormation } from '@aws-sdk/client-cloudformation'
import type { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import type { DynamoDB } from '@aws-sdk/client-dynamodb'
import type { EventBridge } from '@aws-sdk/client-eventbridge'
import type { Lambda } from '@aws-sdk/client-lambda'
import type { S3 } from '@aws-sdk/client-s3'
import type { SFN } from '@aws-sdk/client-sfn'
import type { SSM } from '@aws-sdk/client-ssm'
import type { STS } from '@aws-sdk/client-sts'
import { type AwsService, type AwsSettings, clientOptions, sdkConfig } from '../../core/aws.ts'
import { explainAws } from '../../core/aws-errors/explain.ts'

/** Milliseconds for a connection, and for an answer to one try of a call. */
const waits = { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true } as const

/** The clients that a command asks of the deployed with. */
interface Clients {
  readonly states: SFN
  readonly sts: STS
  readonly cloudformation: CloudFormation
  readonly logs: CloudWatchLogs
  readonly ssm: SSM
  readonly s3: S3
  readonly dynamodb: DynamoDB
  readonly events: EventBridge
  readonly lambda: Lambda
}

/** AWS as the configuration says it. Each client is loaded and made when it is first asked. */
export interface Aws {
  readonly settings: AwsSettings
  /**
   * Asks one thing of a service. `action` is IAM's, such as `states:StartExecution`. Rejects with the errors of
   * errors.ts and `InvalidConfig`; an abort stays one.
   */
  ask<S extends keyof Clients, T>(
    service: S,
    action: string,
    call: (client: Clients[S]) => Promise<T>,
  ): Promise<T>
  /** The region that is meant. Rejects with `InvalidConfig` where nothing says one. */
  region(): Promise<string>
  close(): void
}

type Make<C> = (config: object) => Promise<C>

const makers: { readonly [S in keyof Clients & AwsService]: Make<Clients[S]> } = {
  states: async config => new (await import('@aws-sdk/client-sfn')).SFN(config),
  sts: async config => new (await import('@aws-sdk/client-sts')).STS(config),
  cloudformation: async config => new (await import('@aws-sdk/client-cloudformation')).CloudFormation(config),
  logs: async config => new (await import('@aws-sdk/client-cloudwatch-logs')).CloudWatchLogs(config),
  ssm: async config => new (await import('@aws-sdk/client-ssm')).SSM(config),
  s3: async config =>
    new (await import('@aws-sdk/client-s3')).S3({ ...config, forcePathStyle: 'endpoint' in config }),
  dynamodb: async config => new (await import('@aws-sdk/client-dynamodb')).DynamoDB(config),
  events: async config => new (await import('@aws-sdk/client-eventbridge')).EventBridge(config),
  lambda: async config => new (await import('@aws-sdk/client-lambda')).Lambda(config),
}

/**
 * Opens AWS; nothing is loaded and nobody is asked before somebody asks.
 *
 * @example
 * const aws = openAws(loaded.config.aws)
 * const { account } = await callerOf(aws)
 * aws.close()
 */
export function openAws(settings: AwsSettings): Aws {
  const open = new Map<keyof Clients, Promise<Clients[keyof Clients]>>()
  const clientOf = async <S extends keyof Clients>(service: S): Promise<Clients[S]> => {
    const config = { ...sdkConfig(clientOptions(settings, service)), requestHandler: waits }
    const client = open.get(service) ?? (makers[service] as Make<Clients[S]>)(config)
    open.set(service, client)
    return (await client) as Clients[S]
  }
  return {
    settings,
    async ask(service, action, call) {
      const asked = { action, ...clientOptions(settings, service) }
      try {
        return await call(await clientOf(service))
      } catch (error) {
        throw explainAws(error, asked)
      }
    },
    async region() {
      try {
        return await (await clientOf('sts')).config.region()
      } catch (error) {
        throw explainAws(error, { action: 'sts:GetCallerIdentity' })
      }
    },
    close() {
      for (const client of open.values())
        client.then(
          one => one.destroy(),
          // It could not be made, and whoever asked was told so.
          () => {},
        )
    },
  }
}
