import { InvalidArguments } from './errors.ts'

/** A length of time: seconds as a number, or a number and a unit: `'90s'`, `'5m'`, `'2h'`, `'1d'`. */
export type Duration = number | `${number}${'s' | 'm' | 'h' | 'd'}`

const units = { s: 1, m: 60, h: 3_600, d: 86_400 }

/**
 * Whole seconds, the unit of Amazon States Language; shorter waits can't be expressed there, so they are
 * refused here instead of being rounded. `what` names the argument in the error.
 *
 * @example
 * toSeconds('5m', 'every') // 300
 */
export function toSeconds(duration: Duration, what: string): number {
  const seconds = typeof duration === 'number' ? duration : parse(duration)
  if (Number.isSafeInteger(seconds) && seconds >= 1 && seconds <= 99_999_999) return seconds
  throw new InvalidArguments(
    `${what} is ${JSON.stringify(duration)}; it takes whole seconds from 1 to 99999999, as a number or written like '90s', '5m', '2h' or '1d'`,
  )
}

function parse(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text)
  return match ? Number(match[1]) * units[match[2] as keyof typeof units] : Number.NaN
}
