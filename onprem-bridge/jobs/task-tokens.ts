import type { SFNClient, SFNClientConfig } from '@aws-sdk/client-sfn'
import { AnswerRefused, type TaskTokens, TokenGone } from './tokens.ts'

export interface TaskTokensOptions {
  /** The region of the state machines; the environment's or the profile's when left out. */
  readonly region?: string | undefined
  /** Another endpoint than the region's: a VPC's, or a test's. */
  readonly endpoint?: string | undefined
  /** The SDK's usual chain when left out. */
  readonly credentials?: SFNClientConfig['credentials'] | undefined
  /** Milliseconds that one call may take, all in all. */
  readonly timeoutMs?: number | undefined
}

interface Opened {
  readonly sdk: typeof import('@aws-sdk/client-sfn')
  readonly client: SFNClient
}

interface Within {
  readonly abortSignal: AbortSignal
}

const gone: ReadonlySet<string> = new Set(['TaskDoesNotExist', 'TaskTimedOut', 'InvalidToken'])
/** The answer itself is at fault, so that the same call never gets through. */
const refused: ReadonlySet<string> = new Set(['InvalidOutput', 'ValidationException'])

/**
 * Gives answers to AWS Step Functions. The SDK is loaded at the first call: a bridge without tokens never pays for it.
 *
 * @example
 * const tokens = openTaskTokens({ region: 'eu-central-1' })
 * await tokens.succeed(token, '{"fine":true}')
 */
export function openTaskTokens(options: TaskTokensOptions = {}): TaskTokens {
  const { timeoutMs = 15_000 } = options
  let opened: Promise<Opened> | undefined
  let closed = false

  const open = async (): Promise<Opened> => {
    const sdk = await import('@aws-sdk/client-sfn')
    const { region, endpoint, credentials } = options
    const client = new sdk.SFNClient({
      // Whoever calls tries again, and knows for how long.
      maxAttempts: 1,
      requestHandler: { connectionTimeout: 5_000, requestTimeout: timeoutMs },
      ...(region === undefined ? {} : { region }),
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(credentials === undefined ? {} : { credentials }),
    })
    return { sdk, client }
  }
  const call = async (act: (opened: Opened, within: Within) => Promise<unknown>): Promise<void> => {
    if (closed) throw new Error('the connection to Step Functions was closed')
    // What could not be opened may be later, when a profile or a file of the SDK was put right.
    opened ??= open().catch((error: unknown) => {
      opened = undefined
      throw error
    })
    const now = await opened
    try {
      await act(now, { abortSignal: AbortSignal.timeout(timeoutMs) })
    } catch (error) {
      throw explained(error)
    }
  }

  return {
    succeed: (taskToken, output) =>
      call(({ sdk, client }, within) =>
        client.send(new sdk.SendTaskSuccessCommand({ taskToken, output }), within),
      ),
    fail: (taskToken, error, cause) =>
      call(({ sdk, client }, within) =>
        client.send(new sdk.SendTaskFailureCommand({ taskToken, error, cause }), within),
      ),
    heartbeat: taskToken =>
      call(({ sdk, client }, within) => client.send(new sdk.SendTaskHeartbeatCommand({ taskToken }), within)),
    async close() {
      closed = true
      const open = await opened?.catch(() => undefined)
      open?.client.destroy()
    },
  }
}

function explained(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  if (gone.has(error.name)) return new TokenGone(error.name, { cause: error })
  if (refused.has(error.name)) return new AnswerRefused(`${error.name}: ${error.message}`, { cause: error })
  return error
}
