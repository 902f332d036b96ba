import { setTimeout as sleep } from 'node:timers/promises'
import type { DescribeExecutionOutput } from '@aws-sdk/client-sfn'
import type { AwsClientOptions } from '../../src/core/aws.ts'
import type { Json } from '../../src/core/json.ts'
import { openSpoken } from '../../src/run/aws/spoken.ts'
import { type Ended, NotStarted, type Start } from '../../src/triggers/alexa/index.ts'
import { log } from '../shared/log.ts'

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
  const spoken = openSpoken(machinePrefix, options)
  return {
    async start(word, until) {
      try {
        const { flow, name } = await spoken.start(word, lasting(until))
        return spoken.idOf(flow, name)
      } catch (error) {
        throw new NotStarted(reasonOf(error), error)
      }
    },
    async ended(id, until) {
      for (let looks = 0; Date.now() < until; looks++) {
        await sleep(Math.min(pauses[looks] ?? lastPause, Math.max(0, until - Date.now())))
        try {
          const ended = endOf(await spoken.describe(id, lasting(until)))
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

/** Ends what takes longer: a call that is left would go on when the function is called the next time. */
function lasting(until: number): AbortSignal {
  return AbortSignal.timeout(Math.max(1, until - Date.now()))
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
