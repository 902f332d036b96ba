import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn'
import { unlessAborted } from '../../core/aborted.ts'
import { type AwsClientOptions, sdkConfig } from '../../core/aws.ts'
import { type StartedOnce, type StartOncePorts, startOnce, type Word } from './start-once.ts'

/** Milliseconds for a connection, and for an answer to one try: who spoke waits for some seconds. */
const waits = { connectionTimeout: 1_500, requestTimeout: 2_500, throwOnRequestTimeout: true } as const

/** Tries of one call, the first included. */
const tries = 3

/** What is started by words, for who is waited for: each call ends with its signal, and nothing is started after. */
export interface Spoken {
  /** Starts a word once. Rejects with what Step Functions says, by its names, and with the signal's reason. */
  start(word: Word, signal: AbortSignal): Promise<StartedOnce>
  /** What is known of an execution, by its ARN. Rejects with `ExecutionDoesNotExist` where AWS knows none. */
  describe(id: string, signal: AbortSignal): Promise<DescribeExecutionOutput>
  /** The ARN of an execution. */
  idOf(flow: string, name: string): string
  close(): void
}

/**
 * Opens Step Functions for whoever hears words: the skill's function and the switches of a daemon. `machines` is how the ARNs
 * of all state machines begin, up to the flow's name.
 *
 * @example
 * const spoken = openSpoken('arn:aws:states:eu-west-1:123456789012:stateMachine:re-ops-', {})
 * await spoken.start({ flow: 'plexOn', input: {}, names: utteranceKeys('plex', 'on', at), at }, AbortSignal.timeout(5_000))
 */
export function openSpoken(
  machines: string,
  options: AwsClientOptions,
  time: Pick<StartOncePorts, 'now' | 'sleep'> = { now: Date.now },
): Spoken {
  const client = new SFNClient({ ...sdkConfig(options), maxAttempts: tries, requestHandler: waits })
  const idOf = (flow: string, name: string) =>
    `${machines.replace(':stateMachine:', ':execution:')}${flow}:${name}`
  const describe = (id: string, signal: AbortSignal) =>
    unlessAborted(
      client.send(new DescribeExecutionCommand({ executionArn: id }), { abortSignal: signal }),
      signal,
    )
  const portsFor = (signal: AbortSignal): StartOncePorts => ({
    ...time,
    async startedAt(flow, name) {
      try {
        return (await describe(idOf(flow, name), signal)).startDate?.getTime()
      } catch (error) {
        if (nameOf(error) === 'ExecutionDoesNotExist') return undefined
        throw error
      }
    },
    async start(flow, name, input) {
      const command = { stateMachineArn: `${machines}${flow}`, name, input: JSON.stringify(input) }
      try {
        // A try that waits for its turn ends with the signal, too: nothing starts when nobody listens any more.
        const sent = client.send(new StartExecutionCommand(command), { abortSignal: signal })
        await unlessAborted(sent, signal)
        return true
      } catch (error) {
        // The same words were heard before: by another way, or by a call whose answer was lost.
        if (nameOf(error) === 'ExecutionAlreadyExists') return false
        throw error
      }
    },
  })
  return {
    start: (word, signal) => startOnce(word, portsFor(signal), signal),
    describe,
    idOf,
    close: () => client.destroy(),
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error)
}
