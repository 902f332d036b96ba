import { cron, every, flow, once, type Schedule, schedule, source, type When } from 're-ops'
import { describe, expect, test } from 'tstyche'
import * as z from 'zod'

const tidy = flow({ input: z.strictObject({ path: z.string(), days: z.int().default(3) }), steps: source(1) })
const listing = flow({ input: z.strictObject({ path: z.string().default('/') }), steps: source(1) })
const nightly = every.day('22:00', 'Europe/Berlin')

describe('schedule', () => {
  test('takes the input of its flow, defaults left out', () => {
    expect(schedule(tidy, nightly, { path: '/' })).type.toBe<Schedule>()
    expect(schedule(tidy, nightly, { path: '/', days: 7 }, { missed: 'once' })).type.toBe<Schedule>()
    expect(schedule).type.not.toBeCallableWith(tidy, nightly, { path: 7 })
    expect(schedule).type.not.toBeCallableWith(tidy, nightly, { path: '/', day: 7 })
    expect(schedule).type.not.toBeCallableWith(tidy, nightly, {})
  })

  test('may leave out an input that the schema fills in, and no other', () => {
    expect(schedule(listing, nightly)).type.toBe<Schedule>()
    expect(schedule(listing, nightly, undefined, { overlap: true })).type.toBe<Schedule>()
    expect(schedule).type.not.toBeCallableWith(tidy, nightly)
  })

  test('takes options that there are', () => {
    expect(schedule).type.toBeCallableWith(listing, nightly, {}, { window: '15m', retry: { maxAge: '1h' } })
    expect(schedule).type.not.toBeCallableWith(listing, nightly, {}, { missed: 'all' })
    expect(schedule).type.not.toBeCallableWith(listing, nightly, {}, { windw: '15m' })
  })

  test('starts flows, at times', () => {
    expect(schedule).type.not.toBeCallableWith(source(1), nightly)
    expect(schedule).type.not.toBeCallableWith(listing, '22:00')
    expect(cron('0 22 * * ? *')).type.toBe<When>()
    expect(once('2027-01-31T22:00:00', 'Europe/Berlin')).type.toBe<When>()
    expect(every.week).type.toBeCallableWith('monday', '22:00')
    expect(every.week).type.not.toBeCallableWith('mon', '22:00')
    expect(every.month).type.toBeCallableWith('last', '22:00')
  })
})
