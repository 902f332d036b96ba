import type { Context, Progress } from '../../../core/context.ts'
import { accounted, type Result } from '../../../core/operation/accounted.ts'
import type { Slices, Turn } from '../../../core/slices.ts'

/** Of a slice, the share at its end in which a time that is over counts as the slice's: providers look ahead. */
const margin = 5_000

/** Milliseconds that one item may take in all, that it is waited for after that, and that its lease is waited for. */
interface Limits {
  readonly timeout: number
  readonly grace: number
  readonly wait: number
}

/**
 * Works on one item as `accounted` does, over as many slices as it takes. One that was settled in an earlier slice is
 * answered as it was, and one that this slice's end interrupts is left to the next: its failure here is nobody's.
 */
export async function accountedBySlices<T>(
  item: { readonly key: string; readonly host: string },
  context: Context,
  limits: Limits,
  work: (allowed: number, context: Context) => Promise<T>,
): Promise<Result<T>> {
  const { slices, clock, step } = context
  const { key, host } = item
  if (slices === undefined) return accounted(host, context, limits, allowed => work(allowed, context))
  const before = slices.settled(key) as Result<T> | undefined
  if (before !== undefined) return before
  if (clock.now() >= slices.endsAt && !slices.last) return notYet(key, host, step, slices)
  const turn = slices.turn(key)
  const over = turn.began + limits.timeout
  turn.goesOn = !slices.last && over > slices.endsAt
  const told: Progress[] = []
  const inSlice: Context = {
    ...context,
    turn,
    deadline: slices.endsAt,
    progress: event => {
      // To whoever watches, it begins once and ends once.
      if (event.kind === 'host-ended') told.push(event)
      else if (event.kind !== 'host-started' || !turn.continued) context.progress(event)
    },
  }
  const rest = { ...limits, timeout: Math.max(1, over - clock.now()) }
  const result = await accounted(host, inSlice, rest, allowed => work(allowed, inSlice))
  if (turn.goesOn && (turn.paused || waitsForLease(result, turn, limits, clock.now())))
    return notYet(key, host, step, slices)
  const ms = clock.now() - turn.began
  for (const event of told) context.progress(event.kind === 'host-ended' ? { ...event, ms } : event)
  const settled = 'success' in result ? { success: { ...result.success, ms } } : result
  slices.settle(key, settled)
  return settled
}

/** Stands where a result will be; nobody sees it. */
function notYet(key: string, host: string, step: string, slices: Slices): Result<never> {
  slices.pend(key)
  return { failure: { host, code: 'timeout', step, message: 'another slice goes on with it', detail: {} } }
}

/** Somebody else holds it, and may do so for longer than a slice. */
function waitsForLease(result: Result<unknown>, turn: Turn, { wait }: Limits, now: number): boolean {
  return 'failure' in result && result.failure.code === 'busy' && now < turn.began + wait
}

/**
 * Whether an operation's time is over only because its slice is: then nothing failed, and the system stays as it is
 * until the next slice. Remembers that it is so.
 */
export function isInterrupted(
  { code }: { readonly code: string },
  turn: Turn | undefined,
  { deadline, now }: { readonly deadline: number; readonly now: number },
): boolean {
  if (!turn?.goesOn) return false
  if (code === 'timeout' && now >= deadline - margin) turn.paused = true
  return turn.paused
}

/** Remembers over all slices when something was done first. Answers when, in milliseconds since the epoch. */
export function mark({ turn, clock }: Pick<Context, 'turn' | 'clock'>, word: string): number {
  if (turn === undefined) return clock.now()
  turn.marks[word] ??= clock.now()
  return turn.marks[word]
}

/** Milliseconds since the work on an item began, in whichever slice; none where it isn't done by slices. */
export function elapsed({ turn, clock }: Pick<Context, 'turn' | 'clock'>): number {
  return turn === undefined ? 0 : Math.max(0, clock.now() - turn.began)
}
