import { describe, expect, test } from 'vitest'
import { cron, every, nextFirings, once } from '../../../src/index.ts'
import { dueBetween } from '../../../src/triggers/schedule/due.ts'
import { firingKey } from '../../../src/triggers/schedule/key.ts'
import { days, hours, minutes, utc } from './make.ts'

const from = utc('2030-01-01T00:00:00Z')

describe('times that have come', () => {
  test.each([
    ['a rate', every.minutes(7)],
    ['a cron', cron('0/7 * * * ? *', 'Europe/Berlin')],
    ['a single time', once('2030-01-01T02:00:00')],
  ])('of %s are those that a list of them has', (_what, when) => {
    for (const ms of [0, minutes(6), minutes(7), minutes(20), hours(5), days(2)]) {
      const all = nextFirings(when, from, 1_000).filter(at => at <= from + ms)
      const expected =
        all.length === 0 ? undefined : { count: all.length, last: all.at(-1), before: all.at(-2) }
      expect(dueBetween(when, from, from + ms)).toEqual(expected)
    }
  })

  test('are none where the clock was set back', () => {
    expect(dueBetween(every.minutes(1), from, from - 1)).toBeUndefined()
  })

  test('of a year are found by their last, and that there are many', () => {
    const due = dueBetween(cron('0/5 8 ? * MON *', 'Europe/Berlin'), from, from + days(3_650))
    expect(due?.count).toBeGreaterThan(1_000)
    // The last Monday of the ten years.
    expect(new Date(due!.last).toISOString()).toBe('2039-12-26T07:55:00.000Z')
    expect(dueBetween(every.minutes(1), from, from + days(365))?.count).toBe(525_600)
    expect(dueBetween(cron('* * * * ? *'), from, from + days(365))?.last).toBe(from + days(365))
  })
})

describe('names of executions', () => {
  test('are made of the schedule and the time, and have no more than 80 characters', () => {
    expect(firingKey('nightly', from)).toBe('nightly-20300101T000000Z')
    const long = [`${'a'.repeat(90)}b`, `${'a'.repeat(90)}c`, 'größe', 'gr_ße', '$x'].map(name =>
      firingKey(name, from),
    )
    expect(new Set(long).size).toBe(5)
    for (const name of long) expect(name).toMatch(/^[\w-]{1,80}$/)
  })
})
