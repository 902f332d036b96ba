/**
 * The outbox: answers that Step Functions does not have yet.
 *
 * 1. An answer is in the store from the transaction that ended its job until Step Functions has it, or will never take it.
 * 2. It is sent first and marked afterwards. Whoever is killed between the two sends it again, which Step Functions answers
 *    with `TaskTimedOut` or `TaskDoesNotExist`: it has it, or wants it no more, and either way it is done.
 * 3. What failed is tried again after a pause that grows to five minutes, with jitter, for as long as a token may live.
 * 4. While nothing gets through, one answer at a time is tried, so that hours without internet cost next to nothing.
 */
import type { JobStore, OutboxEntry } from '../../src/core/jobs.ts'
import type { Clock } from '../../src/core/ports.ts'
import { pauseAfter } from './backoff.ts'
import { cut, wordsOf } from './say.ts'
import { AnswerRefused, type TaskTokens, TokenGone, tokenLimits } from './tokens.ts'

export interface OutboxParts {
  readonly store: Pick<JobStore, 'due' | 'nextDue' | 'waiting' | 'sent' | 'postpone'>
  readonly tokens: TaskTokens
  readonly clock: Clock
  readonly random: () => number
  /** Hears why an answer never got through, once and for all. */
  readonly lost?: ((job: string, why: string) => void) | undefined
}

export interface Outbox {
  /** There is something new to send. */
  wake(): void
  readonly status: OutboxStatus
  /** Stops sending; what is under way is waited for. */
  close(): Promise<void>
}

export interface OutboxStatus {
  /** `cut off`: the last call failed in a way that has nothing to do with its answer. */
  readonly state: 'idle' | 'sending' | 'cut off'
  readonly sent: number
  readonly lost: number
  readonly lastError: string | undefined
}

const atOnce = 8
/** Of one answer, and of all of them while nothing gets through. */
const longestPause = 5 * 60_000
const longestRest = 60_000
/** No execution of Step Functions lives longer than a year. */
const longestLife = 365 * 86_400_000

export function openOutbox({ store, tokens, clock, random, lost }: OutboxParts): Outbox {
  const closing = new AbortController()
  const status = {
    state: 'idle' as OutboxStatus['state'],
    sent: 0,
    lost: 0,
    lastError: undefined as string | undefined,
  }
  let failures = 0
  let alarm = new AbortController()

  const mark = async (entry: OutboxEntry, why?: string) => {
    await store.sent(entry.job, why)
    if (why === undefined) status.sent++
    else {
      status.lost++
      lost?.(entry.job, why)
    }
  }

  /** Answers whether anything got through. */
  const attempt = async (entry: OutboxEntry): Promise<boolean> => {
    try {
      if (clock.now() - entry.end.endedAt > longestLife) await mark(entry, 'a year has passed')
      else {
        const why = await send(entry, tokens)
        await mark(entry, why)
      }
      status.lastError = undefined
      return true
    } catch (error) {
      status.lastError = wordsOf(error)
      const pause = pauseAfter(entry.attempts + 1, random, longestPause)
      // Should even this not be written, it stays due, and the pause of the whole outbox is what it waits for.
      await store.postpone(entry.job, clock.now() + pause).catch(() => {})
      return false
    }
  }

  const run = async () => {
    while (!closing.signal.aborted) {
      try {
        await round()
      } catch (error) {
        // The store can't be read now.
        status.lastError = wordsOf(error)
        await pauseAfterFailure()
      }
    }
  }

  /** Sends what is due, or waits until something is. */
  const round = async () => {
    const now = clock.now()
    const due = store.due(now, failures > 0 ? 1 : atOnce)
    if (due.length === 0) {
      if (failures === 0) status.state = 'idle'
      const next = store.nextDue()
      return rest(next === undefined ? undefined : next - now)
    }
    if (failures === 0) status.state = 'sending'
    const through = await Promise.all(due.map(attempt))
    if (through.includes(true)) failures = 0
    else await pauseAfterFailure()
  }

  const pauseAfterFailure = () => {
    failures++
    status.state = 'cut off'
    return rest(pauseAfter(failures, random, longestRest), false)
  }

  /** Sleeps so long, or until something new comes, where that makes a difference. */
  const rest = async (ms: number | undefined, wakeable = true) => {
    alarm = new AbortController()
    const signal = wakeable ? AbortSignal.any([alarm.signal, closing.signal]) : closing.signal
    if (ms !== undefined) await clock.sleep(Math.max(1, ms), signal).catch(() => {})
    else if (!signal.aborted)
      await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
  }

  const running = run()
  return {
    wake: () => alarm.abort(),
    get status() {
      return { ...status }
    },
    async close() {
      closing.abort()
      await running
    },
  }
}

/** Sends an answer. Says why Step Functions will never take it, where that is so; rejects with what may pass. */
async function send({ token, end }: OutboxEntry, tokens: TaskTokens): Promise<string | undefined> {
  try {
    if (end.output === undefined) await fail(token, end.error ?? 'Unknown', end.cause ?? '', tokens)
    else await succeed(token, JSON.stringify(end.output), tokens)
    return undefined
  } catch (error) {
    if (error instanceof TokenGone) return error.why
    if (error instanceof AnswerRefused) return error.message
    throw error
  }
}

async function succeed(token: string, output: string, tokens: TaskTokens): Promise<void> {
  const bytes = Buffer.byteLength(output)
  if (bytes > tokenLimits.output) return fail(token, 'States.DataLimitExceeded', tooLarge(bytes), tokens)
  try {
    await tokens.succeed(token, output)
  } catch (error) {
    if (!(error instanceof AnswerRefused)) throw error
    await fail(token, error.name, error.message, tokens)
  }
}

function fail(token: string, error: string, cause: string, tokens: TaskTokens): Promise<void> {
  return tokens.fail(token, cut(error, tokenLimits.error), cut(cause, tokenLimits.cause))
}

function tooLarge(bytes: number): string {
  return `the answer has ${bytes} bytes and a state may hold ${tokenLimits.output}; answer less, or let the step hand on a part of it`
}
