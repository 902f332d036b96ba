import { unlessAborted } from '../../../core/aborted.ts'
import type { AwsSettings } from '../../../core/aws.ts'
import { AwsBusy, AwsDenied, AwsUnreachable } from '../../../core/aws-errors/errors.ts'
import { awsNameOf, explainAws } from '../../../core/aws-errors/explain.ts'
import { type CloudReading, readingEvent } from '../../../core/watches/cloud/reading.ts'
import { type Aws, openAws } from '../../aws/clients.ts'
import { NotDeployed } from '../../aws/errors.ts'
import { hearSkew } from '../../aws/server-date.ts'

/** Entries that one call may have. */
export const mostEntries = 10

/** The stack's bus of EventBridge. */
export interface Bus {
  readonly name: string
  /**
   * Puts readings, ten at most, and answers of each why it was not taken. Rejects where none was: with `NotDeployed` where
   * there is no such bus, and with what `Aws.ask` does.
   */
  put(readings: readonly CloudReading[], stop: AbortSignal): Promise<readonly (Refusal | undefined)[]>
  /** By how many milliseconds AWS's clock is ahead of this machine's; undefined until it has answered. */
  skewMs(): number | undefined
  close(): void
}

/** Why an entry was not taken; `again` says that it may be at another time. */
export interface Refusal {
  readonly error: Error
  readonly again: boolean
}

/** Milliseconds for a call, with all its tries. */
const callMs = 20_000

/** For so long it is believed that the bus is there. */
const believedMs = 3_600_000

/** Opens the bus of a stack. The client is loaded and somebody is asked when there is something to put. */
export function openBus(settings: AwsSettings, aws: Aws = openAws(settings)): Bus {
  const name = settings.stack
  let seenAt = Number.NEGATIVE_INFINITY
  let skew: number | undefined

  const within = async <T>(action: string, stop: AbortSignal, ask: (signal: AbortSignal) => Promise<T>) => {
    const late = AbortSignal.timeout(callMs)
    const signal = AbortSignal.any([stop, late])
    try {
      // Between two tries the SDK waits whatever a signal says.
      return await unlessAborted(ask(signal), signal)
    } catch (thrown) {
      if (stop.aborted || !late.aborted) throw thrown
      throw new AwsUnreachable(
        `AWS did not answer ${action} within ${callMs / 1_000} s: look at the network, and at a proxy`,
        { cause: thrown },
      )
    }
  }
  /** EventBridge takes what is put on a bus that is not there, and drops it. */
  const seeThatItIsThere = async (stop: AbortSignal): Promise<void> => {
    if (performance.now() - seenAt < believedMs) return
    try {
      await within('events:DescribeEventBus', stop, abortSignal =>
        aws.ask('events', 'events:DescribeEventBus', client =>
          client.describeEventBus({ Name: name }, { abortSignal }),
        ),
      )
    } catch (thrown) {
      if (awsNameOf(thrown) === 'ResourceNotFoundException')
        throw new NotDeployed(
          `there is no event bus ${name} in region ${await aws.region()}, where watches in AWS hear of readings: reops deploy makes it`,
          { cause: thrown },
        )
      // Who may only put can't look, and believes it.
      if (!(thrown instanceof AwsDenied)) throw thrown
    }
    seenAt = performance.now()
  }

  return {
    name,
    async put(readings, stop) {
      await seeThatItIsThere(stop)
      const Entries = readings.map(reading => ({
        EventBusName: name,
        Source: readingEvent.source,
        DetailType: readingEvent.type,
        Detail: JSON.stringify(reading),
      }))
      const answer = await within('events:PutEvents', stop, abortSignal =>
        aws.ask('events', 'events:PutEvents', client => {
          hearSkew(client, ms => {
            skew = ms
          })
          return client.putEvents({ Entries }, { abortSignal })
        }),
      )
      if ((answer.FailedEntryCount ?? 0) === 0) return readings.map(() => undefined)
      return readings.map((_, index) => refusalOf(answer.Entries?.[index], name))
    },
    skewMs: () => skew,
    close: () => aws.close(),
  }
}

/** An entry without an id was not taken. */
function refusalOf(
  entry: {
    EventId?: string | undefined
    ErrorCode?: string | undefined
    ErrorMessage?: string | undefined
  } = {},
  bus: string,
): Refusal | undefined {
  const { EventId, ErrorCode, ErrorMessage } = entry
  if (ErrorCode === undefined && EventId !== undefined) return undefined
  const said = Object.assign(new Error(ErrorMessage ?? 'it has not taken it'), {
    name: ErrorCode ?? 'InternalFailure',
    $metadata: { httpStatusCode: 400 },
  })
  const error = explainAws(said, { action: 'events:PutEvents', of: `the event bus ${bus}` })
  return { error, again: error instanceof AwsBusy }
}
