import middy, { type MiddlewareObj } from '@middy/core'
import type { Context as LambdaContext } from 'aws-lambda'
import type { Json } from '../../src/core/json.ts'
import { describeRequest } from './describe.ts'
import { log } from './log.ts'
import { FunctionTimedOut, lastWordMs, timesOf } from './timing.ts'

/** What is known of a call besides its event. */
export interface Call {
  /** Aborted a moment before Lambda ends the process. */
  readonly signal: AbortSignal
  /** Until when the work should be done, so that there is time to say what was not; milliseconds since the epoch. */
  readonly deadline: number
}

interface ServeOptions {
  /** Whether calls that went well are in the log, too; true when left out. What strangers can call tells by itself what matters. */
  readonly logged?: boolean
}

/** A function as Lambda calls it. */
export type Handler = (event: unknown, context: LambdaContext) => Promise<Json>

/**
 * The edge that all functions have: a line in the log for every call, a signal before time is over, and errors that Lambda
 * reports by the names which Retry and Catch match.
 *
 * @example
 * export const handler = serve(async (event, { signal }) => answerTask(event, desk, signal))
 */
export function serve(
  answer: (event: unknown, call: Call) => Promise<Json>,
  { logged: all = true }: ServeOptions = {},
): Handler {
  const timed = async (event: unknown, context: LambdaContext): Promise<Json> => {
    const { deadlineMs, stopMs } = timesOf(context.getRemainingTimeInMillis())
    const stop = new AbortController()
    const timer = setTimeout(() => stop.abort(outOfTime()), stopMs)
    try {
      return await answer(event, { signal: stop.signal, deadline: Date.now() + deadlineMs })
    } catch (error) {
      throw told(error)
    } finally {
      clearTimeout(timer)
    }
  }
  const chain = middy(timed, {
    timeoutEarlyInMillis: lastWordMs,
    timeoutEarlyResponse: () => {
      throw outOfTime()
    },
  }).use(logged(all))
  return (event, context) => chain(event, context) as Promise<Json>
}

function outOfTime(): FunctionTimedOut {
  return new FunctionTimedOut(
    'the time of the function was over before its work was done; it is repeated where that is harmless, and takes more at once where its operation says timeoutSeconds',
  )
}

/** Tells of every call: what it was about, how long it took, and by which name it failed. */
function logged(all: boolean): MiddlewareObj<unknown, unknown, Error, LambdaContext> {
  const began = new WeakMap<object, number>()
  const about = ({ event, context }: { readonly event: unknown; readonly context: LambdaContext }) => ({
    ...describeRequest(event),
    request: context.awsRequestId,
    ms: Math.round(performance.now() - (began.get(context) ?? performance.now())),
  })
  return {
    before: ({ context }) => void began.set(context, performance.now()),
    after: call => {
      if (all) log({ message: 'answered', ...about(call) })
    },
    onError: call => log({ level: 'warn', message: 'failed', error: call.error?.name, ...about(call) }),
  }
}

/**
 * An error as it leaves: its name, what it says and where it came from. What else hangs on errors (details, whole replies
 * of an API) would stand in the log.
 */
function told(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error))
  const { name, message, stack } = error
  const plain = new Error(message)
  for (const [field, value] of Object.entries({ name, stack }))
    Object.defineProperty(plain, field, { value, enumerable: false, configurable: true, writable: true })
  return plain
}
