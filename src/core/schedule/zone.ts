import { InvalidSchedule } from './invalid.ts'
import { zoneAsWritten } from './zone-as-written.ts'

const formats = new Map<string, Intl.DateTimeFormat>()

/**
 * The name of a time zone as the time zone database writes it: AWS takes no other. Throws `InvalidSchedule`.
 *
 * @example
 * timezoneName('europe/berlin') // 'Europe/Berlin'
 */
export function timezoneName(name: string): string {
  // Offsets such as +02:00 and abbreviations are zones to Intl and none to AWS.
  if (typeof name === 'string' && (name === 'UTC' || /^[A-Za-z]+(\/[A-Za-z0-9_+-]+)+$/.test(name))) {
    try {
      return zoneAsWritten(name)
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause
    }
  }
  throw new InvalidSchedule(
    'timezone',
    `there is no time zone ${JSON.stringify(name)}; write one of the time zone database, such as 'Europe/Berlin' or 'UTC'`,
  )
}

/** Milliseconds by which clocks in a time zone are ahead of UTC at an instant. */
export function offsetAt(instant: number, timezone: string): number {
  if (timezone === 'UTC') return 0
  const parts: Record<string, number> = {}
  for (const { type, value } of formatOf(timezone).formatToParts(instant)) parts[type] = Number(value)
  const { year, month, day, hour, minute, second } = parts
  const wall = Date.UTC(year!, month! - 1, day, hour, minute, second)
  return wall - Math.floor(instant / 1_000) * 1_000
}

const day = 86_400_000

/**
 * The first instant at which clocks in a time zone show a time, or nothing where they jump over it. `wall` is written as
 * if it were UTC's, in milliseconds since the epoch.
 */
export function instantOf(wall: number, timezone: string): number | undefined {
  const offsets = [offsetAt(wall - day, timezone), offsetAt(wall + day, timezone)]
  if (offsets[0] === offsets[1]) return wall - offsets[0]!
  const instants = offsets.map(offset => wall - offset).filter(at => at + offsetAt(at, timezone) === wall)
  return instants.length === 0 ? undefined : Math.min(...instants)
}

function formatOf(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  formats.set(timezone, format)
  return format
}
