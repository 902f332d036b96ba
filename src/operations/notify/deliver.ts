import { unlessAborted } from '../../core/aborted.ts'
import type { Context } from '../../core/context.ts'
import type { Json } from '../../core/json.ts'
import { type Mail, type MailPort, type MailRefusal, MailTrouble } from '../../core/mail.ts'
import { oneLine } from '../../core/one-line.ts'

/** What became of a mail, as it stands in the journal. */
export type Delivery = {
  /** Whether anybody's server has taken it. */
  readonly sent: boolean
  readonly id: string
  readonly attempts: number
  readonly accepted: readonly string[]
  readonly refused: readonly { readonly address: string; readonly reply: string }[]
  /** Why nobody was reached. */
  readonly problem?: string
} & { readonly [key: string]: Json }

/** How long is waited after the first attempt, and at most; each time twice as long, with jitter. Milliseconds. */
const firstPauseMs = 1_000
const longestPauseMs = 60_000

/** However much time there is. */
const mostAttempts = 40

/** What an enclosing `timeout` leaves us to say how it went. Milliseconds. */
const marginMs = 1_000

/** How far a mail has come. */
interface Course {
  readonly attempts: number
  readonly accepted: readonly string[]
  readonly refused: readonly MailRefusal[]
  /** Who has not got it, and was not refused for good. */
  readonly open: readonly string[]
  /** What those said at the last attempt, where it reached their server. */
  readonly waiting: readonly MailRefusal[]
  /** Why the last attempt reached nobody. */
  readonly problem?: string | undefined
  /** Nothing would be otherwise at another attempt. */
  readonly over: boolean
}

/** One port's attempts: until when, and what ends them before. */
interface Attempts {
  readonly port: MailPort
  /** Milliseconds since the epoch. */
  readonly until: number
  readonly context: Context
}

/**
 * Hands a mail over, and again to those whose server could not take it, for `within` milliseconds at most and never beyond an
 * enclosing `timeout`. Whoever has it does not get it again by us. Never rejects for what is the mail's own trouble.
 */
export async function deliver(mail: Mail, within: number, context: Context): Promise<Delivery> {
  const { mail: port, clock, deadline = Number.POSITIVE_INFINITY } = context
  if (port === undefined) return nowhere(mail)
  const attempts: Attempts = {
    port,
    until: Math.min(clock.now() + within, deadline - marginMs),
    context,
  }
  let course: Course = { attempts: 0, accepted: [], refused: [], open: mail.to, waiting: [], over: false }
  while (course.open.length > 0) {
    course = await attempt(mail, course, attempts)
    if (!(await pause(course, attempts))) break
  }
  return told(mail, course)
}

function nowhere({ id }: Mail): Delivery {
  return {
    ...{ sent: false, id, attempts: 0, accepted: [], refused: [] },
    problem:
      "no mail server is known here; say mail: { host, from } or mail: { ses: true, from } in reops.config.ts's defineConfig",
  }
}

async function attempt(mail: Mail, before: Course, { port, until, context }: Attempts): Promise<Course> {
  const { clock, signal } = context
  // A deadline may have fractions, which no timer takes.
  const left = Math.max(1, Math.floor(until - clock.now()))
  const ending = AbortSignal.any([signal, AbortSignal.timeout(left)])
  const attempts = before.attempts + 1
  try {
    const receipt = await unlessAborted(port.send(mail, before.open, ending), ending)
    const waiting = receipt.refused.filter(one => !one.permanent)
    return {
      attempts,
      accepted: [...before.accepted, ...receipt.accepted],
      refused: [...before.refused, ...receipt.refused.filter(one => one.permanent)],
      open: waiting.map(one => one.address),
      waiting,
      over: false,
    }
  } catch (thrown) {
    const passing = ending.aborted || (thrown instanceof MailTrouble && thrown.retryable)
    const problem = ending.aborted
      ? (before.problem ?? `${port.server} did not answer in time`)
      : wordsOf(thrown)
    return { ...before, attempts, problem, over: !passing }
  }
}

/** Waits before the next attempt, and says so; answers `false` at once where there is none. */
async function pause(
  { attempts, open, waiting, problem, over }: Course,
  { port, until, context }: Attempts,
): Promise<boolean> {
  const { clock, signal, step } = context
  const ms = pauseAfter(attempts)
  if (over || open.length === 0 || attempts >= mostAttempts || signal.aborted) return false
  if (clock.now() + ms >= until) return false
  context.progress({
    kind: 'stage',
    step,
    host: port.server,
    stage: `again in ${Math.ceil(ms / 1_000)} s: ${oneLine(problem ?? waiting[0]!.reply, 200)}`,
  })
  await clock.sleep(ms, signal).catch(() => {})
  return !signal.aborted
}

function told({ id }: Mail, { attempts, accepted, refused, open, waiting, problem }: Course): Delivery {
  const left =
    problem === undefined ? waiting : open.map(address => ({ address, reply: problem, permanent: true }))
  return {
    sent: accepted.length > 0,
    id,
    attempts,
    accepted,
    refused: [...refused, ...left].map(({ address, reply }) => ({ address, reply: oneLine(reply, 500) })),
    ...(accepted.length === 0 && problem !== undefined ? { problem: oneLine(problem, 500) } : {}),
  }
}

function wordsOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

function pauseAfter(attempts: number): number {
  const longest = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempts - 1, 10))
  return longest * (0.5 + Math.random() / 2)
}
