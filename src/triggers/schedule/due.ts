import { nextFirings } from '../../core/schedule/firings.ts'
import type { When } from '../../core/schedule/when.ts'

const minute = 60_000
const lengths = { minute, hour: 60 * minute, day: 24 * 60 * minute } as const

/** Times of a schedule that have come: how many, the last, and the one before. Milliseconds since the epoch. */
export interface Due {
  readonly count: number
  readonly last: number
  /** Absent where there is only one. */
  readonly before: number | undefined
}

/** So many are counted; of more it is known that there are more. */
export const mostCounted = 1_000

/** How many are asked for at once: hardly ever more than the one that has just come. */
const helpings = [2, 40, mostCounted + 1]

/** How far back the last of very many are looked for, in milliseconds. None comes more often than every minute. */
const looks = [1, 24, 8 * 24, 62 * 24].map(hours => hours * lengths.hour)

/**
 * The times of a schedule after one moment and not after another; nothing where there is none. What a daemon that was down
 * for a year has missed costs no more than a moment.
 */
export function dueBetween(when: When, after: number, now: number): Due | undefined {
  if (now <= after) return undefined
  if (when.kind === 'rate') {
    const length = when.every * lengths[when.unit]
    const count = Math.floor((now - after) / length)
    return dueOf([after + (count - 1) * length, after + count * length].slice(-count), count)
  }
  let first: readonly number[] = []
  for (const helping of helpings) {
    first = nextFirings(when, after, helping)
    const due = first.filter(one => one <= now)
    if (due.length < helping) return dueOf(due, due.length)
  }
  for (const look of looks) {
    const from = Math.max(after, now - look)
    const late = nextFirings(when, from, look / minute + 1).filter(due => due <= now)
    if (late.length > 0) return dueOf(late, first.length)
  }
  return dueOf(first, first.length)
}

function dueOf(last: readonly number[], count: number): Due | undefined {
  return count === 0
    ? undefined
    : { count, last: last.at(-1)!, before: count === 1 ? undefined : last.at(-2) }
}
