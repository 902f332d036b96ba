import { Cron } from 'croner'
import { describe, expect, test } from 'vitest'
import { firingsPerMonth, nextFirings } from '../../../src/core/schedule/firings.ts'
import { cron, every, once, type When } from '../../../src/core/schedule/when.ts'
import { offsetAt } from '../../../src/core/schedule/zone.ts'
import fc from '../../support/fast-check.ts'

const at = (text: string) => Date.parse(text)
const told = (when: When, after: string, count: number) =>
  nextFirings(when, at(after), count).map(one => new Date(one).toISOString().slice(0, 16))

describe('where clocks change', () => {
  const nightly = every.day('02:30', 'Europe/Berlin')

  test('a time that they jump over in spring is skipped', () => {
    expect(told(nightly, '2027-03-27T00:00Z', 3)).toEqual([
      '2027-03-27T01:30',
      '2027-03-29T00:30',
      '2027-03-30T00:30',
    ])
  })

  test('a time that they show twice in autumn fires once, at the first', () => {
    expect(told(nightly, '2027-10-30T12:00Z', 2)).toEqual(['2027-10-31T00:30', '2027-11-01T01:30'])
    // Whoever looks in between does not find it again.
    expect(told(nightly, '2027-10-31T00:30Z', 1)).toEqual(['2027-11-01T01:30'])
  })

  test('other times of that night keep to the clock', () => {
    expect(told(every.day('22:00', 'Europe/Berlin'), '2027-03-27T12:00Z', 2)).toEqual([
      '2027-03-27T21:00',
      '2027-03-28T20:00',
    ])
  })

  test('minutes of the hour that comes twice are not repeated', () => {
    const often = cron('0/20 * * * ? *', 'Europe/Berlin')
    expect(told(often, '2027-10-31T00:00Z', 4)).toEqual([
      '2027-10-31T00:20',
      '2027-10-31T00:40',
      '2027-10-31T02:00',
      '2027-10-31T02:20',
    ])
  })

  test('zones south of the equator, of half hours, and of a day that never was', () => {
    // On Lord Howe clocks go from 2:00 to 2:30.
    expect(told(every.day('02:15', 'Australia/Lord_Howe'), '2027-10-02T00:00Z', 2)).toEqual([
      '2027-10-03T15:15',
      '2027-10-04T15:15',
    ])
    // Samoa went over the date line and had no 30th of December 2011.
    expect(told(every.day('12:00', 'Pacific/Apia'), '2011-12-29T00:00Z', 3)).toEqual([
      '2011-12-29T22:00',
      '2011-12-30T22:00',
      '2011-12-31T22:00',
    ])
  })

  test('a rate of days is one of 24 hours', () => {
    expect(told(every.days(1), '2027-03-27T21:00Z', 2)).toEqual(['2027-03-28T21:00', '2027-03-29T21:00'])
  })
})

describe('days', () => {
  test.each([
    ['0 9 L * ? *', '2028-01-31', ['2028-02-29', '2028-03-31', '2028-04-30']],
    ['0 9 31 * ? *', '2027-01-31', ['2027-03-31', '2027-05-31', '2027-07-31']],
    ['0 9 29 2 ? *', '2027-01-01', ['2028-02-29', '2032-02-29', '2036-02-29']],
    // The 1st is a Saturday, the 31st a Sunday: they stay in their months.
    ['0 9 1W 5 ? 2027', '2027-01-01', ['2027-05-03']],
    ['0 9 31W 10 ? 2027', '2027-01-01', ['2027-10-29']],
    ['0 9 15W 8 ? 2027', '2027-01-01', ['2027-08-16']],
    ['0 9 15W 5 ? 2027', '2027-01-01', ['2027-05-14']],
    ['0 9 31W 2-5 ? 2027', '2027-01-01', ['2027-03-31', '2027-05-31']],
    ['0 9 ? * FRIL *', '2027-01-01', ['2027-01-29', '2027-02-26', '2027-03-26']],
    ['0 9 ? * MON#5 *', '2027-01-01', ['2027-03-29', '2027-05-31', '2027-08-30']],
    ['0 9 ? * L *', '2027-01-01', ['2027-01-02', '2027-01-09', '2027-01-16']],
    ['0 9 ? * 1,7 *', '2027-01-01', ['2027-01-02', '2027-01-03', '2027-01-09']],
    ['0 9 ? 12/6 WED 2028/3', '2027-01-01', ['2028-12-06', '2028-12-13', '2028-12-20']],
  ])('%s', (fields, after, days) => {
    expect(told(cron(fields), `${after}T12:00Z`, 3)).toEqual(days.map(day => `${day}T09:00`))
  })

  test('what is over fires no more, and what is not asked for is not made', () => {
    expect(told(cron('0 9 * * ? 2020'), '2027-01-01T00:00Z', 3)).toEqual([])
    expect(told(cron('0 9 31 12 ? 2027'), '2027-12-31T08:59Z', 3)).toEqual(['2027-12-31T09:00'])
    expect(told(every.minutes(5), '2027-01-01T00:00Z', 0)).toEqual([])
    expect(told(every.day('9:00'), '2027-01-01T00:00Z', 0)).toEqual([])
  })

  test('a single time fires once', () => {
    const when = once('2027-10-31T02:30:00', 'Europe/Berlin')
    expect(told(when, '2027-01-01T00:00Z', 5)).toEqual(['2027-10-31T00:30'])
    expect(told(when, '2027-10-31T00:30Z', 5)).toEqual([])
  })
})

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Sydney',
  'America/Sao_Paulo',
]

const numbers = (from: number, to: number) =>
  fc.oneof(
    fc.constant('*'),
    fc.integer({ min: from, max: to }).map(String),
    fc
      .uniqueArray(fc.integer({ min: from, max: to }), { minLength: 2, maxLength: 3 })
      .map(list => list.join(',')),
    fc
      .tuple(fc.integer({ min: from, max: to }), fc.integer({ min: from, max: to }))
      .map(ends => ends.sort((a, b) => a - b).join('-')),
    fc.integer({ min: 2, max: Math.max(2, Math.floor(to / 2)) }).map(step => `*/${step}`),
  )

const weekday = fc.integer({ min: 1, max: 7 })
const days = fc.oneof(
  fc
    .oneof(
      numbers(1, 28),
      fc.constant('L'),
      fc.integer({ min: 1, max: 28 }).map(day => `${day}W`),
    )
    .map(date => [date, '?']),
  fc
    .oneof(
      weekday.map(String),
      fc.uniqueArray(weekday, { minLength: 2, maxLength: 4 }).map(list => list.join(',')),
      weekday.map(day => `${day}L`),
      fc.tuple(weekday, fc.integer({ min: 1, max: 4 })).map(([day, nth]) => `${day}#${nth}`),
      fc.constant('MON-FRI'),
    )
    .map(week => ['?', week]),
)

const asked = fc.record({
  minutes: numbers(0, 59),
  hours: numbers(0, 23),
  days,
  months: numbers(1, 12),
  zone: fc.constantFrom(...zones),
  after: fc.integer({ min: at('2025-01-01T00:00Z'), max: at('2032-01-01T00:00Z') }),
})

/** The same for croner, which counts days of the week from 0, a Sunday. */
function theirs({
  minutes,
  hours,
  days: [date, week],
  months,
  zone,
}: typeof asked extends fc.Arbitrary<infer T> ? T : never) {
  const weekdays = /^\d/.test(week!)
    ? week!.replaceAll(/\d(?=$|,|L|#)/g, (digit, index, text) =>
        text[index - 1] === '#' ? digit : String(Number(digit) - 1),
      )
    : week!
  return new Cron(
    `${minutes} ${hours} ${date} ${months} ${week === '?' ? '*' : weekdays}`.replace('?', '*'),
    {
      timezone: zone,
    },
  )
}

/** Whether clocks change within a day around an instant: what happens then is a matter of taste, and tested above. */
function changesAround(instant: number, zone: string): boolean {
  return offsetAt(instant - 86_400_000, zone) !== offsetAt(instant + 86_400_000, zone)
}

test('fires when croner does, but for nights in which clocks change', () => {
  fc.assert(
    fc.property(asked, one => {
      const { minutes, hours, days: day, months, zone, after } = one
      const when = cron(`${minutes} ${hours} ${day[0]} ${months} ${day[1]} *`, zone)
      const plain = (instant: number) => !changesAround(instant, zone)
      const mine = nextFirings(when, after, 12).filter(plain)
      const their = theirs(one).nextRuns(12, new Date(after)).map(Number).filter(plain)
      const until = Math.min(mine.at(-1) ?? 0, their.at(-1) ?? 0)
      expect(mine.filter(instant => instant <= until)).toEqual(their.filter(instant => instant <= until))
    }),
    { numRuns: 200 },
  )
})

test('firings come in order, after what they are asked after, and show the time that was asked for', () => {
  fc.assert(
    fc.property(asked, ({ minutes, hours, days: day, months, zone, after }) => {
      const when = cron(`${minutes} ${hours} ${day[0]} ${months} ${day[1]} *`, zone)
      const found = nextFirings(when, after, 8)
      expect(found[0]!).toBeGreaterThan(after)
      expect(found.toSorted((one, other) => one - other)).toEqual(found)
      expect(new Set(found).size).toBe(found.length)
      // Each is the first after the one before it.
      for (const [index, instant] of found.slice(0, -1).entries())
        expect(nextFirings(when, instant, 1)).toEqual([found[index + 1]])
    }),
    { numRuns: 60 },
  )
})

describe('firings a month', () => {
  test.each<[When, number]>([
    [every.minutes(5), 8_766],
    [every.day('22:00', 'Europe/Berlin'), 30.4375],
    [every.weekday('8:00'), 21.74],
    [every.month(31, '8:00'), 7 / 12],
    [cron('0 9 29 2 ? *'), 0.25 / 12],
    [cron('0/15 * * * ? *'), 2_922],
    [cron('0 9 * * ? 2027'), 365 / 12],
    [once('2027-01-31T22:00:00'), 0],
  ])('%j', (when, count) => {
    expect(firingsPerMonth(when)).toBeCloseTo(count, 1)
  })

  test('is what is counted over years', () => {
    fc.assert(
      fc.property(asked, ({ hours, days: day, months }) => {
        const when = cron(`30 ${hours} ${day[0]} ${months} ${day[1]} 2025-2052`)
        const counted = nextFirings(when, at('2024-12-31T00:00Z'), 1e6).length
        expect(firingsPerMonth(when)).toBeCloseTo(counted / 28 / 12, 6)
      }),
      { numRuns: 8 },
    )
  })
})
