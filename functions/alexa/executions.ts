import { setTimeout as sleep } from 'node:timers/promises'
import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn'
import { type AwsClientOptions, sdkConfig } from '../../src/core/aws.ts'
import type { Json } from '../../src/core/json.ts'
import { utteranceMs } from '../../src/core/utterance.ts'
import { type Ended, NotStarted, type Start } from '../../src/triggers/alexa/index.ts'
import { log } from '../shared/log.ts'

/** Milliseconds for a connection, and for an answer to one try: Alexa waits 8 seconds for all of it. */
const waits = { connectionTimeout: 1_500, requestTimeout: 2_500, throwOnRequestTimeout: true } as const

/** Milliseconds between two looks at an execution: short ones first, for what ends at once. */
const pauses = [100, 150, 250, 400]
const lastPause = 600

/** Until when something may take, in milliseconds since the epoch. */
export interface Executions {
  start(start: Start, until: number): Promise<string>
  ended(id: string, until: number): Promise<Ended | undefined>
}

/** Executions of the machines whose ARNs begin so. */
export function openExecutions(machinePrefix: string, options: AwsClientOptions): Executions {
  const client = new SFNClient({ ...sdkConfig(options), maxAttempts: 3, requestHandler: waits })
  const executionsOf = (flow: string) => `${machinePrefix.replace(':stateMachine:', ':execution:')}${flow}:`
  const describe = (id: string, until: number) =>
    inTime(client.send(new DescribeExecutionCommand({ executionArn: id })), until)

  /** The execution that the same words started a moment ago, in the window before. */
  const earlier = async (id: string, at: number, until: number): Promise<boolean> => {
    try {
      const { startDate } = await describe(id, until)
      return startDate !== undefined && startDate.getTime() >= at - utteranceMs
    } catch (error) {
      if (nameOf(error) === 'ExecutionDoesNotExist') return false
      throw error
    }
  }

  return {
    async start({ flow, input, names: [name, before], at }, until) {
      const prefix = executionsOf(flow)
      try {
        if (await earlier(`${prefix}${before}`, at, until)) return `${prefix}${before}`
        const command = { stateMachineArn: `${machinePrefix}${flow}`, name, input: JSON.stringify(input) }
        const { executionArn } = await inTime(client.send(new StartExecutionCommand(command)), until)
        return executionArn ?? `${prefix}${name}`
      } catch (error) {
        // The same words were heard before: by another way, or by a call whose answer was lost.
        if (nameOf(error) === 'ExecutionAlreadyExists') return `${prefix}${name}`
        throw new NotStarted(reasonOf(error), error)
      }
    },
    async ended(id, until) {
      for (let looks = 0; Date.now() < until; looks++) {
        await sleep(Math.min(pauses[looks] ?? lastPause, Math.max(0, until - Date.now())))
        try {
          const ended = endOf(await describe(id, until))
          if (ended !== undefined) return ended
        } catch (error) {
          // It was started, and AWS may not know it for a moment, or be busy: there is time to look again.
          if (nameOf(error) !== 'ExecutionDoesNotExist' && Date.now() < until)
            log({ level: 'warn', message: 'could not look', error: nameOf(error) })
        }
      }
      return undefined
    },
  }
}

/** The first of an answer and the end of the time for it. What is late is let go: its own time limit ends it. */
async function inTime<T>(answer: Promise<T>, until: number): Promise<T> {
  const over = new AbortController()
  const late = sleep(Math.max(1, until - Date.now()), undefined, { signal: over.signal }).then(() => {
    throw Object.assign(new Error('no answer came in time'), { name: 'TimeoutError' })
  })
  // Who loses the race fails unheard.
  late.catch(() => {})
  answer.catch(() => {})
  try {
    return await Promise.race([answer, late])
  } finally {
    over.abort()
  }
}

function endOf({ status, output, error }: DescribeExecutionOutput): Ended | undefined {
  if (status === 'SUCCEEDED') return { status, output: parsed(output) }
  return status === 'FAILED' || status === 'TIMED_OUT' || status === 'ABORTED' ? { status, error } : undefined
}

function parsed(output: string | undefined): Json {
  return JSON.parse(output ?? 'null') as Json
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error)
}

function reasonOf(error: unknown): NotStarted['reason'] {
  const name = nameOf(error)
  if (name === 'StateMachineDoesNotExist' || name === 'StateMachineDeleting') return 'notDeployed'
  if (/Throttl|TooManyRequests|ExecutionLimitExceeded|ServiceUnavailable/.test(name)) return 'busy'
  if (/AccessDenied|NotAuthorized|ExpiredToken|UnrecognizedClient|Credentials/.test(name)) return 'denied'
  if (/Validation|Invalid/.test(name)) return 'brokeDown'
  return 'unreachable'
}
