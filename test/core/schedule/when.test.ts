import { describe, expect, test } from 'vitest'
import { InvalidSchedule } from '../../../src/core/schedule/invalid.ts'
import { cron, every, once, type Weekday } from '../../../src/core/schedule/when.ts'
import { scheduleExpression } from '../../../src/core/schedule.ts'

function fieldOf(make: () => unknown): string {
  try {
    make()
  } catch (error) {
    if (error instanceof InvalidSchedule) {
      expect(error.message).toContain(`schedule: ${error.field}: `)
      return error.field
    }
    throw error
  }
  return 'nothing is wrong'
}

describe('what EventBridge Scheduler is told', () => {
  test.each([
    [every.minutes(1), 'rate(1 minute)', 'UTC'],
    [every.minutes(5), 'rate(5 minutes)', 'UTC'],
    [every.hours(2), 'rate(2 hours)', 'UTC'],
    [every.days(1), 'rate(1 day)', 'UTC'],
    [every.day('22:00', 'Europe/Berlin'), 'cron(0 22 * * ? *)', 'Europe/Berlin'],
    [every.weekday('8:05'), 'cron(5 8 ? * MON-FRI *)', 'UTC'],
    [every.week('monday', '22:00', 'America/New_York'), 'cron(0 22 ? * MON *)', 'America/New_York'],
    [every.month(1, '04:00'), 'cron(0 4 1 * ? *)', 'UTC'],
    [every.month('last', '04:00'), 'cron(0 4 L * ? *)', 'UTC'],
    [cron('  0/15  8-17 ? * mon-fri * ', 'europe/berlin'), 'cron(0/15 8-17 ? * MON-FRI *)', 'Europe/Berlin'],
    [once('2027-01-31T22:00:00', 'Asia/Kolkata'), 'at(2027-01-31T22:00:00)', 'Asia/Kolkata'],
  ])('%j', (when, expression, timezone) => {
    expect(scheduleExpression(when)).toEqual({ expression, timezone })
  })

  test('a declaration is plain data', () => {
    const when = cron('0 22 * * ? *', 'Europe/Berlin')
    expect(JSON.parse(JSON.stringify(when))).toEqual(when)
  })
})

describe('cron fields', () => {
  test.each([
    '* * * * ? *',
    '0 0 1,15 * ? *',
    '0 0 L * ? *',
    '0 0 15W * ? *',
    '0 0 ? * 6L *',
    '0 0 ? * friL *',
    '0 0 ? * MON#1 *',
    '0 0 ? * L *',
    '0-30/10,45 */2 ? JAN,MAR-MAY 2-6 2026-2030',
    '0 0 29 2 ? *',
    '0 0 ? * TUE,THU 2026/2',
  ])('%s is taken', fields => {
    expect(fieldOf(() => cron(fields))).toBe('nothing is wrong')
  })

  test.each([
    ['0 22 * * ?', 'cron'],
    ['0 0 22 * * ? *', 'cron'],
    ['', 'cron'],
    ['60 * * * ? *', 'minutes'],
    ['-1 * * * ? *', 'minutes'],
    ['0x1 * * * ? *', 'minutes'],
    ['1.5 * * * ? *', 'minutes'],
    ['5,, * * * ? *', 'minutes'],
    ['1-2-3 * * * ? *', 'minutes'],
    ['*/0 * * * ? *', 'minutes'],
    ['*/90 * * * ? *', 'minutes'],
    ['1/2/3 * * * ? *', 'minutes'],
    ['? * * * ? *', 'minutes'],
    ['0 24 * * ? *', 'hours'],
    ['0 20-4 * * ? *', 'hours'],
    ['0 L * * ? *', 'hours'],
    ['0 0 0 * ? *', 'day of month'],
    ['0 0 32 * ? *', 'day of month'],
    ['0 0 1,L * ? *', 'day of month'],
    ['0 0 15W,16 * ? *', 'day of month'],
    ['0 0 LW * ? *', 'day of month'],
    ['0 0 L-3 * ? *', 'day of month'],
    ['0 0 32W * ? *', 'day of month'],
    ['0 0 30 FEB ? *', 'day of month'],
    ['0 0 31 2,4,6 ? *', 'day of month'],
    ['0 0 31W NOV ? *', 'day of month'],
    ['0 0 * 13 ? *', 'month'],
    ['0 0 * JANUARY ? *', 'month'],
    ['0 0 * MON ? *', 'month'],
    ['0 0 * * * *', 'day of week'],
    ['0 0 ? * ? *', 'day of week'],
    ['0 0 1 * MON *', 'day of week'],
    ['0 0 ? * 0 *', 'day of week'],
    ['0 0 ? * 8 *', 'day of week'],
    ['0 0 ? * MON/2 *', 'day of week'],
    ['0 0 ? * MON#6 *', 'day of week'],
    ['0 0 ? * MON#0 *', 'day of week'],
    ['0 0 ? * MON#1,FRI#2 *', 'day of week'],
    ['0 0 ? * FRI-MON *', 'day of week'],
    ['0 0 * * ? 1969', 'year'],
    ['0 0 * * ? 2200', 'year'],
    ['0 0 * * ? ?', 'year'],
  ])('%j is refused for its %s', (fields, field) => {
    expect(fieldOf(() => cron(fields))).toBe(field)
  })

  test('an error says how to write it', () => {
    expect(() => cron('0 0 * * * *')).toThrow("write '?' for the one that doesn't matter")
    expect(() => cron('0 0 ? * FRI-MON *')).toThrow('write it as two, such as FRI-SAT,SUN-MON')
    expect(() => cron('0 25 * * ? *')).toThrow('hours: 25 is not within 0 and 23')
  })
})

describe('what is no time', () => {
  test.each<[() => unknown, string]>([
    [() => every.minutes(0), 'minutes'],
    [() => every.minutes(0.5), 'minutes'],
    [() => every.hours(-1), 'hours'],
    [() => every.days(366), 'days'],
    [() => every.day('24:00'), 'time'],
    [() => every.day('22:60'), 'time'],
    [() => every.day('22'), 'time'],
    [() => every.week('mon' as Weekday, '22:00'), 'day'],
    [() => every.week('toString' as Weekday, '22:00'), 'day'],
    [() => every.month(32, '22:00'), 'day'],
    [() => every.day('22:00', 'Berlin'), 'timezone'],
    [() => every.day('22:00', 'Europe/Atlantis'), 'timezone'],
    [() => every.day('22:00', '+02:00'), 'timezone'],
    [() => every.day('22:00', 'CET+1'), 'timezone'],
    [() => every.day('22:00', ''), 'timezone'],
    [() => once('2027-02-30T22:00:00'), 'at'],
    [() => once('2027-01-31T22:00:00Z'), 'at'],
    [() => once('2027-01-31'), 'at'],
    [() => once('2027-03-28T02:30:00', 'Europe/Berlin'), 'at'],
  ])('%s is refused', (make, field) => {
    expect(fieldOf(make)).toBe(field)
  })

  test('an hour that clocks show twice is one', () => {
    expect(fieldOf(() => once('2027-10-31T02:30:00', 'Europe/Berlin'))).toBe('nothing is wrong')
  })
})
