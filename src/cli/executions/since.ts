import { UsageError } from '../usage-error.ts'

const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** Reads a length of time such as `2h` or `7d`. Answers milliseconds, or undefined for what is none. */
export function parseLength(text: string): number | undefined {
  const [, number, unit] = /^(\d{1,9}(?:\.\d{1,3})?)([smhdw])$/.exec(text) ?? []
  return number === undefined ? undefined : Number(number) * units[unit as keyof typeof units]
}

/**
 * Reads how far back or from when: `2h`, `30m`, `7d`, `2026-11-01` or `2026-11-01T08:00`, which are meant as the clock
 * is here. Answers milliseconds since the epoch. Throws `UsageError`.
 */
export function parseSince(text: string, now: number): number {
  const length = parseLength(text)
  if (length !== undefined) return now - length
  // A date alone would be read as UTC.
  const time = /^\d{4}-\d\d-\d\d/.test(text)
    ? Date.parse(text.length === 10 ? `${text}T00:00` : text)
    : Number.NaN
  if (!Number.isNaN(time)) return time
  throw new UsageError(
    `--since is ${JSON.stringify(text)}; it takes a length of time such as 2h or 7d, or a date such as 2026-11-01`,
  )
}
