import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn'
import { type AwsClientOptions, sdkConfig } from '../../src/core/aws.ts'
import { ReopsError } from '../../src/core/errors.ts'
import type { Json } from '../../src/core/json.ts'

/** Milliseconds for a connection, and for an answer to one try. */
const waits = { connectionTimeout: 1_500, requestTimeout: 2_500, throwOnRequestTimeout: true } as const

/** Milliseconds for a start, however often it is tried. What is given up does not go on at the next call. */
const patience = 4_000

/** Step Functions did not take an execution, or did not say so. */
class NotStarted extends ReopsError {
  override readonly name = 'NotStarted'
  override readonly retryable = true
}

/** Starts the machine of a flow under a name; does nothing where it had one of that name. Rejects with `NotStarted`. */
export type Start = (flow: string, input: Json, name: string) => Promise<void>

/** Starts executions of the machines whose ARNs begin so. */
export function openStarts(machinePrefix: string, options: AwsClientOptions): Start {
  // Whoever is throttled is told to send it again: to go slower here would hold a place that another delivery needs.
  const tries = { retryMode: 'standard', maxAttempts: 3 } as const
  const client = new SFNClient({ ...sdkConfig(options), ...tries, requestHandler: waits })
  return async (flow, input, name) => {
    const command = { stateMachineArn: `${machinePrefix}${flow}`, name, input: JSON.stringify(input) }
    try {
      await client.send(new StartExecutionCommand(command), { abortSignal: AbortSignal.timeout(patience) })
    } catch (error) {
      const why = error instanceof Error ? error.name : 'unknown'
      if (why === 'ExecutionAlreadyExists') return
      // What AWS says of an input may have the input in it.
      throw new NotStarted(`Step Functions says ${why}`)
    }
  }
}
