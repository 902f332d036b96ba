/** So much faster time passes for the SDK between two tries of a call. */
const factor = 25

/** A client of AWS, as far as it says how it tries again. */
interface Client {
  readonly config: { retryStrategy(): Promise<unknown> }
  destroy(): void
}

/** What the strategy of an adaptive client waits by: the rate of calls after throttling, and the pause between two tries. */
interface Strategy {
  readonly rateLimiter: { readonly constructor: { setTimeoutFn: (then: () => void, ms: number) => unknown } }
  readonly standardRetryStrategy: { readonly retryBackoffStrategy: object }
}

/**
 * Lets the time that the SDK waits by between tries pass faster, in all clients of this process: how often it tries and
 * what it does between stays as it is. The client is only asked for how it does that.
 */
export async function hurrySdk(client: Client): Promise<void> {
  const { rateLimiter, standardRetryStrategy } = (await client.config.retryStrategy()) as Strategy
  client.destroy()
  rateLimiter.constructor.setTimeoutFn = (then, ms) => setTimeout(then, ms / factor)
  replace(rateLimiter, 'getCurrentTimeInSeconds', own => own * factor)
  replace(standardRetryStrategy.retryBackoffStrategy, 'computeNextBackoffDelay', own => own / factor)
}

/** Changes what a method of an object's class answers. */
function replace(of: object, method: string, change: (own: number) => number): void {
  const prototype = Object.getPrototypeOf(of) as Record<string, (...given: unknown[]) => number>
  const own = prototype[method]
  if (own === undefined)
    throw new Error(`the SDK has no ${method} any more: look how it waits between tries now`)
  prototype[method] = function (...given) {
    return change(own.apply(this, given))
  }
}
