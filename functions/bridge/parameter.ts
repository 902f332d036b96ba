import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { type AwsClientOptions, sdkConfig } from '../../src/core/aws.ts'

/** Milliseconds for a connection, and for an answer to one try. */
const waits = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true } as const

/** Reads one SecureString of Parameter Store; nothing where it holds nothing. Rejects with the SDK's errors. */
export async function readParameter(name: string, options: AwsClientOptions): Promise<string | undefined> {
  const client = new SSMClient({ ...sdkConfig(options), requestHandler: waits })
  try {
    const { Parameter } = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }))
    return Parameter?.Value
  } finally {
    client.destroy()
  }
}
