import { type Cron, isMeant, parseCron } from './cron.ts'
import type { When } from './when.ts'
import { instantOf } from './zone.ts'

const day = 86_400_000

/** Milliseconds. */
const lengthOf = { minute: 60_000, hour: 3_600_000, day } as const

/**
 * The next times at which a schedule fires, in milliseconds since the epoch, all after `after`; fewer where it ends
 * before. A time that clocks jump over in spring is skipped, and one that they show twice in autumn fires at the first,
 * as EventBridge Scheduler does. A rate counts from `after`, which is then its last firing.
 *
 * @example
 * nextFirings(every.day('22:00', 'Europe/Berlin'), Date.now(), 3)
 */
export function nextFirings(when: When, after: number, count: number): readonly number[] {
  switch (when.kind) {
    case 'rate': {
      const length = when.every * lengthOf[when.unit]
      return Array.from({ length: count }, (_, index) => after + (index + 1) * length)
    }
    case 'once': {
      const at = instantOf(Date.parse(`${when.at}Z`), when.timezone)
      return at !== undefined && at > after ? [at].slice(0, count) : []
    }
    case 'cron':
      return take(firings(parseCron(when.fields), when.timezone, after), count)
  }
}

/**
 * How often a schedule fires in a month, on average over the years in which it does; 0 for one that fires once. Nights
 * in which clocks change are not told apart.
 *
 * @example
 * firingsPerMonth(every.minutes(5)) // 8766
 */
export function firingsPerMonth(when: When): number {
  if (when.kind === 'once') return 0
  if (when.kind === 'rate') return (365.25 * day) / 12 / (when.every * lengthOf[when.unit])
  const { years, ...cron } = parseCron(when.fields)
  // Leap years and weekdays come again after 28 years.
  const among = years.slice(0, 28)
  let days = 0
  for (const year of among)
    for (const month of cron.months) days += datesOf({ ...cron, years }, year, month).length
  return (days * cron.hours.length * cron.minutes.length) / among.length / 12
}

function take(all: Iterable<number>, count: number): number[] {
  const taken: number[] = []
  if (count <= 0) return taken
  for (const one of all) {
    taken.push(one)
    if (taken.length === count) break
  }
  return taken
}

/** Every firing after an instant, in order. Days are gone through as a calendar on a wall has them. */
function* firings(cron: Cron, timezone: string, after: number): Generator<number> {
  // No clock is further from UTC than this.
  const from = after - day
  const first = new Date(from)
  for (const year of cron.years) {
    if (year < first.getUTCFullYear()) continue
    for (const month of cron.months) {
      if (Date.UTC(year, month, 1) <= from) continue
      for (const date of datesOf(cron, year, month)) {
        const midnight = Date.UTC(year, month - 1, date)
        if (midnight + day <= from) continue
        for (const instant of instantsOf(cron, midnight, timezone)) if (instant > after) yield instant
      }
    }
  }
}

function* instantsOf(cron: Cron, midnight: number, timezone: string): Generator<number> {
  for (const hour of cron.hours)
    for (const minute of cron.minutes) {
      const instant = instantOf(midnight + hour * lengthOf.hour + minute * lengthOf.minute, timezone)
      if (instant !== undefined) yield instant
    }
}

function datesOf({ days }: Cron, year: number, month: number): number[] {
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate()
  const first = new Date(Date.UTC(year, month - 1, 1)).getUTCDay()
  const found: number[] = []
  for (let date = 1; date <= length; date++) {
    if (isMeant(days, date, ((first + date - 1) % 7) + 1, length)) found.push(date)
  }
  return found
}
