import { unlessAborted } from '../../core/aborted.ts'
import type { Context } from '../../core/context.ts'
import type { Json } from '../../core/json.ts'
import { type Mail, type MailRefusal, MailTrouble } from '../../core/mail.ts'
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

/**
 * Hands a mail over, and again to those whose server could not take it, for `within` milliseconds at most and never beyond an
 * enclosing `timeout`. Whoever has it does not get it again by us. Never rejects for what is the mail's own trouble.
 */
export async function deliver(mail: Mail, within: number, context: Context): Promise<Delivery> {
  const { mail: port, clock, signal, step, deadline = Number.POSITIVE_INFINITY } = context
  const told = { id: mail.id, attempts: 0, accepted: [], refused: [] }
  if (port === undefined)
    return {
      ...told,
      sent: false,
      problem: "no mail server is known here; say mail: { host, from } in reops.config.ts's defineConfig",
    }
  const until = Math.min(clock.now() + within, deadline - marginMs)
  const accepted: string[] = []
  const refused: MailRefusal[] = []
  let open: readonly string[] = mail.to
  let waiting: readonly MailRefusal[] = []
  let problem: string | undefined
  let attempts = 0
  while (open.length > 0) {
    const ending = AbortSignal.any([signal, AbortSignal.timeout(Math.max(1, until - clock.now()))])
    attempts++
    let lasting = true
    try {
      const receipt = await unlessAborted(port.send(mail, open, ending), ending)
      accepted.push(...receipt.accepted)
      refused.push(...receipt.refused.filter(one => one.permanent))
      waiting = receipt.refused.filter(one => !one.permanent)
      open = waiting.map(one => one.address)
      problem = undefined
      lasting = false
    } catch (thrown) {
      lasting = !(ending.aborted || (thrown instanceof MailTrouble && thrown.retryable))
      problem = ending.aborted
        ? (problem ?? `${port.server} did not answer in time`)
        : thrown instanceof Error
          ? thrown.message
          : String(thrown)
    }
    const pause = pauseAfter(attempts)
    if (lasting || open.length === 0 || attempts >= mostAttempts || signal.aborted) break
    if (clock.now() + pause >= until) break
    context.progress({
      kind: 'stage',
      step,
      host: port.server,
      stage: `again in ${Math.ceil(pause / 1_000)} s: ${oneLine(problem ?? waiting[0]!.reply, 200)}`,
    })
    await clock.sleep(pause, signal).catch(() => {})
    if (signal.aborted) break
  }
  const given = problem === undefined ? waiting : []
  const left = problem === undefined ? [] : open
  const all = [...refused, ...given].map(({ address, reply }) => ({ address, reply: oneLine(reply, 500) }))
  return {
    sent: accepted.length > 0,
    id: mail.id,
    attempts,
    accepted,
    refused: [...all, ...left.map(address => ({ address, reply: oneLine(problem!, 500) }))],
    ...(accepted.length === 0 && problem !== undefined ? { problem: oneLine(problem, 500) } : {}),
  }
}

function pauseAfter(attempts: number): number {
  const longest = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempts - 1, 10))
  return longest * (0.5 + Math.random() / 2)
}
