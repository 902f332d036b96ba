import type { FiringCode } from '../../core/schedule/kept.ts'
import type { Schedule } from '../../core/schedule.ts'
import type { Due } from './due.ts'

/** A time of a schedule that is decided, or several of them together. */
export interface Decided {
  readonly code: FiringCode
  /** The last of them, in milliseconds since the epoch. */
  readonly due: number
  readonly count: number
}

/** A firing that is no later than this is on time: a daemon that is started anew loses none. Milliseconds. */
const graceMs = 60_000

/**
 * What is done about times that have come. The last one fires where it is on time and nothing that it must not overlap goes
 * on; what came before was missed, and all that was missed is either left out or made up for by one firing.
 *
 * @param busy whether the execution of the time before goes on
 */
export function decide(
  { options }: Pick<Schedule, 'options'>,
  { count, last, before }: Due,
  now: number,
  busy: boolean,
): readonly Decided[] {
  const lateness = Math.max(graceMs, (options.window ?? 0) * 1_000)
  const onTime = now - last <= lateness
  const blocked = busy && !options.overlap
  const missed: readonly Decided[] =
    onTime && before !== undefined ? [{ code: 'missed', due: before, count: count - 1 }] : []
  if (onTime) return [...missed, { code: blocked ? 'overlap' : 'fire', due: last, count: 1 }]
  if (options.missed === 'skip') return [{ code: 'missed', due: last, count }]
  return [{ code: blocked ? 'overlap' : 'late', due: last, count }]
}

/** Whether something is started. */
export function starts(code: FiringCode): boolean {
  return code === 'fire' || code === 'late'
}
