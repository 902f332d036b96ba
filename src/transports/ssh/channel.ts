import type { Connection } from './connection.ts'
import { printable } from './trouble.ts'

/** Why no channel came. */
export type ChannelFailure =
  /** The host allows no more sessions on this connection. */
  | 'refused'
  /** The connection was gone before the request could be sent. */
  | 'lost'
  /** The connection went while the request was under way: it may have been carried out. */
  | 'unknown'
  /** The host opened a session and did not want to do this in it. */
  | 'denied'

export class ChannelError extends Error {
  override readonly name = 'ChannelError'
  readonly failure: ChannelFailure
  /** The reason of the SSH protocol, such as 2 for "connect failed". */
  readonly reason: number | undefined

  constructor(
    failure: ChannelFailure,
    message: string,
    options: { cause?: unknown; reason?: number | undefined } = {},
  ) {
    // The message may be the host's own words.
    super(printable(message), { cause: options.cause })
    this.failure = failure
    this.reason = options.reason
  }
}

/** How a kind of channel is asked for, in ssh2's callback form. */
export type ChannelRequest<C> = (client: Connection['client'], answer: ChannelAnswer<C>) => void

/** The answer comes once; whoever wants a channel's first events attaches to them before passing it on. */
export type ChannelAnswer<C> = (error: Error | undefined, channel?: C) => void

export interface ChannelOptions {
  readonly signal: AbortSignal
  /** Milliseconds after which a connection that does not answer is taken for dead, and ended. */
  readonly timeout: number
}

/** After a cancel, an answer that is under way is still waited for this long: a command in it has to be ended. */
const lateAnswer = 1_000

/**
 * Opens one channel. An abort does not cut this short at once, because a command that has been sent must not be
 * forgotten; it shortens the wait. Throws `ChannelError`.
 */
export async function openChannel<C>(
  connection: Connection,
  request: ChannelRequest<C>,
  { signal, timeout }: ChannelOptions,
): Promise<C> {
  const { promise, resolve, reject } = Promise.withResolvers<C>()
  // Ending the client makes ssh2 answer, in a way that says whether the request had been sent.
  const giveUp = () => connection.client.destroy()
  let timer = setTimeout(giveUp, timeout)
  const hurry = () => {
    clearTimeout(timer)
    timer = setTimeout(giveUp, lateAnswer)
  }
  if (signal.aborted) hurry()
  else signal.addEventListener('abort', hurry, { once: true })
  try {
    request(connection.client, (error, channel) => {
      if (channel !== undefined) resolve(channel)
      else reject(explain(error ?? new Error('no channel'), connection.alive()))
    })
    return await promise
  } catch (error) {
    if (error instanceof ChannelError) throw error
    throw new ChannelError('lost', 'the connection is closed', { cause: error })
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', hurry)
  }
}

/** ssh2 tells these apart only by the words of its errors, so they are read here and nowhere else. */
function explain(error: Error, alive: boolean): ChannelError {
  const reason = 'reason' in error && typeof error.reason === 'number' ? error.reason : undefined
  if (reason !== undefined) return new ChannelError('refused', error.message, { cause: error, reason })
  if (alive) return new ChannelError('denied', error.message, { cause: error })
  const sent = error.message.startsWith('Unable to ')
  return new ChannelError(sent ? 'unknown' : 'lost', error.message, { cause: error })
}
