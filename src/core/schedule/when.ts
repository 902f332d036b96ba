import { parseCron } from './cron.ts'
import { InvalidSchedule } from './invalid.ts'
import { instantOf, timezoneName } from './zone.ts'

/** When a schedule fires, as plain data: at a rate, at times of a clock somewhere, or once. */
export type When =
  | { readonly kind: 'rate'; readonly every: number; readonly unit: 'minute' | 'hour' | 'day' }
  /** `fields` are AWS's six: minutes, hours, day of month, month, day of week, year. */
  | { readonly kind: 'cron'; readonly fields: string; readonly timezone: string }
  /** `at` is what a clock there shows: `2027-01-31T22:00:00`. */
  | { readonly kind: 'once'; readonly at: string; readonly timezone: string }

/** A day of the week. */
export type Weekday = keyof typeof weekdays

const weekdays = {
  sunday: 'SUN',
  monday: 'MON',
  tuesday: 'TUE',
  wednesday: 'WED',
  thursday: 'THU',
  friday: 'FRI',
  saturday: 'SAT',
} as const

/** A day of the month, or its last one. Months that don't have the day are left out. */
export type DayOfMonth = number | 'last'

/** Longer than a year is no rate but a date; write `cron` then. */
const longestRate = { minute: 525_600, hour: 8_760, day: 365 } as const

/**
 * Times that come again and again. Rates count from the deployment; times of day are those of a clock in the time zone,
 * `UTC` where none is named.
 *
 * @example
 * every.minutes(5)
 * every.day('22:00', 'Europe/Berlin')
 * every.weekday('08:00', 'Europe/Berlin')
 * every.week('monday', '22:00', 'America/New_York')
 * every.month(1, '04:00')
 */
export const every = {
  /** Every so many minutes, a whole number of at least 1. */
  minutes: (count: number): When => rate('minute', count),
  hours: (count: number): When => rate('hour', count),
  /** Every so many times 24 hours, whatever clocks do meanwhile. */
  days: (count: number): When => rate('day', count),
  day: (time: string, timezone = 'UTC'): When => cron(`${clock(time)} * * ? *`, timezone),
  /** Monday to Friday. */
  weekday: (time: string, timezone = 'UTC'): When => cron(`${clock(time)} ? * MON-FRI *`, timezone),
  week: (day: Weekday, time: string, timezone = 'UTC'): When =>
    cron(`${clock(time)} ? * ${weekdayOf(day)} *`, timezone),
  month: (day: DayOfMonth, time: string, timezone = 'UTC'): When =>
    cron(`${clock(time)} ${dateOf(day)} * ? *`, timezone),
}

/**
 * Times by AWS's six cron fields: minutes, hours, day of month, month, day of week and year. Throws `InvalidSchedule`,
 * which names the field that is wrong.
 *
 * @example
 * cron('0/15 8-17 ? * MON-FRI *', 'Europe/Berlin')
 * cron('0 4 L * ? *') // the last of each month, at 4:00 UTC
 */
export function cron(fields: string, timezone = 'UTC'): When {
  if (typeof fields !== 'string') throw new InvalidSchedule('cron', 'the six fields are one text')
  parseCron(fields)
  return {
    kind: 'cron',
    fields: fields.trim().replaceAll(/\s+/g, ' ').toUpperCase(),
    timezone: timezoneName(timezone),
  }
}

/**
 * One time, as a clock in the time zone shows it. Throws `InvalidSchedule` for a date that there is none of, and for a
 * time that clocks there jump over.
 *
 * @example
 * once('2027-01-31T22:00:00', 'Europe/Berlin')
 */
export function once(at: string, timezone = 'UTC'): When {
  const zone = timezoneName(timezone)
  const wall = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(at) ? Date.parse(`${at}Z`) : Number.NaN
  if (Number.isNaN(wall) || new Date(wall).toISOString().slice(0, 19) !== at)
    throw new InvalidSchedule(
      'at',
      `${JSON.stringify(at)} is no moment; write it without an offset, such as '2027-01-31T22:00:00', and its time zone beside it`,
    )
  if (instantOf(wall, zone) === undefined)
    throw new InvalidSchedule('at', `clocks in ${zone} never show ${at}: they jump over it in that night`)
  return { kind: 'once', at, timezone: zone }
}

/**
 * What EventBridge Scheduler calls it, and the time zone that it is in.
 *
 * @example
 * scheduleExpression(every.minutes(5)) // { expression: 'rate(5 minutes)', timezone: 'UTC' }
 */
export function scheduleExpression(when: When): { readonly expression: string; readonly timezone: string } {
  switch (when.kind) {
    case 'rate':
      return {
        expression: `rate(${when.every} ${when.unit}${when.every === 1 ? '' : 's'})`,
        timezone: 'UTC',
      }
    case 'cron':
      return { expression: `cron(${when.fields})`, timezone: when.timezone }
    case 'once':
      return { expression: `at(${when.at})`, timezone: when.timezone }
  }
}

function rate(unit: 'minute' | 'hour' | 'day', count: number): When {
  const most = longestRate[unit]
  if (!Number.isInteger(count) || count < 1 || count > most)
    throw new InvalidSchedule(`${unit}s`, `${count} is no rate; it takes a whole number from 1 to ${most}`)
  return { kind: 'rate', every: count, unit }
}

/** Minutes and hours as cron has them. */
function clock(time: string): string {
  const [, hour, minute] = /^(\d\d?):(\d\d)$/.exec(time) ?? []
  if (hour !== undefined && Number(hour) < 24 && Number(minute) < 60)
    return `${Number(minute)} ${Number(hour)}`
  throw new InvalidSchedule('time', `${JSON.stringify(time)} is no time of day; write it like '22:00'`)
}

function weekdayOf(day: Weekday): string {
  if (Object.hasOwn(weekdays, day)) return weekdays[day]
  throw new InvalidSchedule(
    'day',
    `${JSON.stringify(day)} is no day of the week; it is one of ${Object.keys(weekdays).join(', ')}`,
  )
}

function dateOf(day: DayOfMonth): string {
  if (day === 'last') return 'L'
  if (Number.isInteger(day) && day >= 1 && day <= 31) return String(day)
  throw new InvalidSchedule('day', `${day} is no day of a month; it takes 1 to 31, or 'last'`)
}
