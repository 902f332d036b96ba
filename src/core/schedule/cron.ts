import { numberOf, numbersOf, type Range } from './field.ts'
import { InvalidSchedule } from './invalid.ts'

/** Which days of a month are meant. Days of the week count from 1, a Sunday, to 7. */
export type Days =
  | { readonly by: 'date'; readonly days: readonly number[] }
  | { readonly by: 'last' }
  /** The day from Monday to Friday that is nearest to a date, within its month. */
  | { readonly by: 'nearest weekday'; readonly day: number }
  | { readonly by: 'weekday'; readonly weekdays: readonly number[] }
  | { readonly by: 'last weekday'; readonly weekday: number }
  | { readonly by: 'nth weekday'; readonly weekday: number; readonly nth: number }

/** A cron expression, read: every list is in order. */
export interface Cron {
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  readonly days: Days
  readonly months: readonly number[]
  readonly years: readonly number[]
}

const minutes: Range = { field: 'minutes', from: 0, to: 59, steps: true }
const hours: Range = { field: 'hours', from: 0, to: 23, steps: true }
const dates: Range = { field: 'day of month', from: 1, to: 31, steps: true }
const months: Range = {
  field: 'month',
  from: 1,
  to: 12,
  words: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
  steps: true,
}
const weekdays: Range = {
  field: 'day of week',
  from: 1,
  to: 7,
  words: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
  // EventBridge Scheduler lists no steps for it.
  steps: false,
}
const years: Range = { field: 'year', from: 1970, to: 2199, steps: true }

/**
 * Reads AWS's six fields: minutes, hours, day of month, month, day of week, year. Throws `InvalidSchedule`, which names
 * the field.
 */
export function parseCron(text: string): Cron {
  const fields = text.trim().split(/\s+/)
  if (fields.length !== 6)
    throw new InvalidSchedule(
      'cron',
      `${JSON.stringify(text)} has ${fields[0] === '' ? 'no fields' : `${fields.length} of 6 fields`}; write minutes, hours, day of month, month, day of week and year, such as '0 22 * * ? *'`,
    )
  const [minute, hour, date, month, weekday, year] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  const cron = {
    minutes: numbersOf(minute, minutes),
    hours: numbersOf(hour, hours),
    days: daysOf(date, weekday),
    months: numbersOf(month, months),
    years: numbersOf(year, years),
  }
  if (cron.days.by === 'date' || cron.days.by === 'nearest weekday') refuseNever(cron.days, cron.months, date)
  return cron
}

function daysOf(date: string, weekday: string): Days {
  if (date === '?' && weekday === '?')
    throw new InvalidSchedule(
      'day of week',
      "it and the day of month are both '?'; one of them says which days",
    )
  if (date !== '?' && weekday !== '?')
    throw new InvalidSchedule(
      'day of week',
      `AWS takes '?' in the day of month or in the day of week, and here are ${date} and ${weekday}; write '?' for the one that doesn't matter`,
    )
  return date === '?' ? daysOfWeek(weekday) : daysOfMonth(date)
}

function daysOfMonth(text: string): Days {
  if (text.toUpperCase() === 'L') return { by: 'last' }
  const [, nearest] = /^(\d+)W$/i.exec(text) ?? []
  if (nearest !== undefined) return { by: 'nearest weekday', day: numberOf(nearest, text, text, dates) }
  refuseWithin(text, dates, /[LW]/i, "'L' and a day with 'W', such as '15W', stand alone")
  return { by: 'date', days: numbersOf(text, dates) }
}

function daysOfWeek(text: string): Days {
  if (text.toUpperCase() === 'L') return { by: 'weekday', weekdays: [7] }
  const [, last] = /^(\w+)L$/i.exec(text) ?? []
  if (last !== undefined) return { by: 'last weekday', weekday: numberOf(last, text, text, weekdays) }
  const [, which, nth] = /^(\w+)#(\d+)$/.exec(text) ?? []
  if (which !== undefined) {
    if (Number(nth) < 1 || Number(nth) > 5)
      throw new InvalidSchedule(
        'day of week',
        `${JSON.stringify(text)} is one that no month has; # takes 1 to 5`,
      )
    return { by: 'nth weekday', weekday: numberOf(which, text, text, weekdays), nth: Number(nth) }
  }
  refuseWithin(text, weekdays, /#/, "a day with '#', such as 'MON#1', stands alone")
  return { by: 'weekday', weekdays: numbersOf(text, weekdays) }
}

function refuseWithin(text: string, { field }: Range, special: RegExp, why: string): void {
  if (special.test(text)) throw new InvalidSchedule(field, `${JSON.stringify(text)} can't be read; ${why}`)
}

const longest = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** The 31st of February never comes. */
function refuseNever(
  days: Extract<Days, { by: 'date' | 'nearest weekday' }>,
  among: readonly number[],
  text: string,
): void {
  const first = days.by === 'date' ? days.days[0]! : days.day
  if (among.some(month => longest[month - 1]! >= first)) return
  throw new InvalidSchedule(
    'day of month',
    `${text} is a day that none of the months ${among.join(', ')} has`,
  )
}

/** Whether a date is one of the days that are meant. `weekday` counts from 1, a Sunday. */
export function isMeant(days: Days, date: number, weekday: number, length: number): boolean {
  switch (days.by) {
    case 'date':
      return days.days.includes(date)
    case 'last':
      return date === length
    case 'nearest weekday':
      return date === nearestWeekday(days.day, weekday - date, length)
    case 'weekday':
      return days.weekdays.includes(weekday)
    case 'last weekday':
      return weekday === days.weekday && date + 7 > length
    case 'nth weekday':
      return weekday === days.weekday && Math.ceil(date / 7) === days.nth
  }
}

/** Of a month whose dates are so far from their weekdays; nothing in a month that has no such day. */
function nearestWeekday(day: number, shift: number, length: number): number | undefined {
  if (day > length) return undefined
  const weekday = ((((day + shift - 1) % 7) + 7) % 7) + 1
  if (weekday === 7) return day === 1 ? 3 : day - 1
  if (weekday === 1) return day === length ? day - 2 : day + 1
  return day
}
