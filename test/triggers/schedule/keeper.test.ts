import { describe, expect, test } from 'vitest'
import { cron, every, once, schedule } from '../../../src/index.ts'
import { openScheduleStore } from '../../../src/state/sqlite/index.ts'
import { useFolder } from '../../state/sqlite/folder.ts'
import { days, hours, listing, minutes, other, scheduled, utc, world } from './make.ts'

const { fresh, open } = useFolder()

describe('a schedule that is kept', () => {
  test('starts its flow at its times, under names that are made of them', async () => {
    const { clock, keep, started } = world('2030-01-01T00:00:00Z')
    const nightly = schedule(listing, every.day('22:00', 'Europe/Berlin'), { path: '/srv' })
    const keeper = await keep(open(fresh()), { nightly })
    expect(keeper.status().schedules).toMatchObject([
      { name: 'nightly', flow: 'listing', next: '2030-01-01T21:00:00.000Z', enabled: true },
    ])
    await clock.advance(days(2))
    expect(started).toEqual([
      {
        name: 'nightly-20300101T210000Z',
        at: '2030-01-01T21:00:00.000Z',
        input: { path: '/srv' },
        flow: 'listing',
      },
      expect.objectContaining({ name: 'nightly-20300102T210000Z', at: '2030-01-02T21:00:00.000Z' }),
    ])
    expect(keeper.status().schedules[0]).toMatchObject({
      next: '2030-01-03T21:00:00.000Z',
      last: { due: '2030-01-02T21:00:00.000Z', code: 'fire', carried: 'started' },
    })
    await keeper.close()
    await clock.advance(days(1))
    expect(started).toHaveLength(2)
  })

  test('counts a rate from when it was first kept, also by the next process', async () => {
    const { clock, keep, times } = world('2030-01-01T00:00:30Z')
    const file = fresh()
    const keeper = await keep(open(file), { often: scheduled(every.minutes(10)) })
    await clock.advance(minutes(15))
    await keeper.close()
    const next = await keep(open(file), { often: scheduled(every.minutes(10)) })
    await clock.advance(minutes(10))
    await next.close()
    expect(times()).toEqual(['2030-01-01T00:10:30.000Z', '2030-01-01T00:20:30.000Z'])
  })

  test('fires once and is over, where it is a single time', async () => {
    const { clock, keep, times } = world('2030-01-01T00:00:00Z')
    const keeper = await keep(open(fresh()), { party: scheduled(once('2030-01-01T12:00:00')) })
    await clock.advance(days(3))
    expect(times()).toEqual(['2030-01-01T12:00:00.000Z'])
    expect(keeper.status().schedules[0]).not.toHaveProperty('next')
    await keeper.close()
  })

  test('keeps what is not enabled without firing, and begins anew when it is', async () => {
    const { clock, keep, started, notices } = world('2030-01-01T00:00:00Z')
    const file = fresh()
    const off = await keep(open(file), {
      often: scheduled(every.hours(1), { enabled: false, missed: 'once' }),
    })
    expect(off.status().schedules[0]).toMatchObject({ enabled: false })
    await clock.advance(days(1))
    await off.close()
    const on = await keep(open(file), { often: scheduled(every.hours(1), { missed: 'once' }) })
    expect(started).toEqual([])
    await clock.advance(hours(1))
    await on.close()
    expect(started).toHaveLength(1)
    expect(notices).toEqual([])
  })
})

describe('when clocks are changed for summer and winter', () => {
  test('a time that they jump over is skipped, and one that they show twice fires once', async () => {
    const halfPastTwo = scheduled(every.day('02:30', 'Europe/Berlin'))
    // Clocks go from 2:00 to 3:00 on 31 March 2030, and from 3:00 back to 2:00 on 27 October.
    const spring = world('2030-03-29T12:00:00Z')
    const first = await spring.keep(open(fresh()), { halfPastTwo })
    await spring.clock.advance(days(3))
    expect(spring.times()).toEqual(['2030-03-30T01:30:00.000Z', '2030-04-01T00:30:00.000Z'])
    await first.close()
    const autumn = world('2030-10-25T12:00:00Z')
    const second = await autumn.keep(open(fresh()), { halfPastTwo })
    await autumn.clock.advance(days(3))
    expect(autumn.times()).toEqual([
      '2030-10-26T00:30:00.000Z',
      '2030-10-27T00:30:00.000Z',
      '2030-10-28T01:30:00.000Z',
    ])
    await second.close()
    expect([...spring.notices, ...autumn.notices]).toEqual([])
  })

  test('a rate goes on as if nothing was', async () => {
    const { clock, keep, times } = world('2030-03-31T00:00:00Z')
    const keeper = await keep(open(fresh()), { hourly: scheduled(every.hours(1)) })
    await clock.advance(hours(3))
    await keeper.close()
    expect(times()).toHaveLength(3)
  })
})

describe('firings that nobody was there for', () => {
  const down = async (options: { missed?: 'skip' | 'once' }, ms: number) => {
    const made = world('2030-01-01T00:00:00Z')
    const file = fresh()
    const hourly = () => ({ hourly: scheduled(cron('0 * * * ? *'), options) })
    await (await made.keep(open(file), hourly())).close()
    await made.clock.advance(ms)
    const keeper = await made.keep(open(file), hourly())
    return { ...made, keeper, file }
  }

  test('are told and left out', async () => {
    const { keeper, notices, started, clock } = await down({}, hours(3) + minutes(30))
    expect(started).toEqual([])
    expect(notices).toEqual([
      'schedule hourly: 3 times were missed, the last at 2030-01-01T03:00:00.000Z; nothing is made up for',
    ])
    expect(keeper.status().schedules[0]).toMatchObject({ last: { code: 'missed', count: 3 } })
    await clock.advance(minutes(30))
    expect(started).toHaveLength(1)
    await keeper.close()
  })

  test('are made up for by one, where the schedule says so', async () => {
    const { keeper, notices, started, clock } = await down({ missed: 'once' }, hours(3) + minutes(30))
    expect(started.map(({ name }) => name)).toEqual(['hourly-20300101T030000Z'])
    expect(notices).toEqual([expect.stringContaining('3 times were missed')])
    await clock.advance(minutes(30))
    expect(started).toHaveLength(2)
    await keeper.close()
  })

  test('are none where a daemon was started anew within a minute', async () => {
    const { keeper, notices, started } = await down({}, hours(1) + 30_000)
    expect(started.map(({ name }) => name)).toEqual(['hourly-20300101T010000Z'])
    expect(notices).toEqual([])
    await keeper.close()
  })

  test('are left out where the last is on time', async () => {
    const { keeper, started, file } = await down({ missed: 'once' }, hours(3) + 10_000)
    expect(started.map(({ name }) => name)).toEqual(['hourly-20300101T030000Z'])
    expect(openScheduleStore(open(file)).firings({})).toMatchObject([
      { code: 'fire', count: 1 },
      { code: 'missed', count: 2, due: utc('2030-01-01T02:00:00Z') },
    ])
    await keeper.close()
  })
})

describe('a clock that is set', () => {
  test('forward by an hour misses what lies between, and goes on', async () => {
    const { clock, keep, started, setClock, notices } = world('2030-01-01T00:00:00Z')
    const keeper = await keep(open(fresh()), {
      quarter: scheduled(cron('30 * * * ? *')),
      often: scheduled(every.minutes(20)),
    })
    await clock.advance(30_000)
    setClock(hours(1))
    await clock.advance(20_000)
    expect(notices).toEqual([
      expect.stringContaining('schedule quarter: a time was missed, at 2030-01-01T00:30:00.000Z'),
      expect.stringContaining('schedule often: 2 times were missed'),
    ])
    expect(started.map(({ name }) => name)).toEqual(['often-20300101T010000Z'])
    await clock.advance(minutes(30))
    expect(started.map(({ name }) => name)).toContain('quarter-20300101T013000Z')
    await keeper.close()
  })

  test('back by an hour fires nothing twice, and silences no rate', async () => {
    const { clock, keep, started, setClock } = world('2030-01-01T00:20:00Z')
    const keeper = await keep(open(fresh()), {
      daily: scheduled(cron('30 0 * * ? *')),
      often: scheduled(every.minutes(20)),
    })
    await clock.advance(minutes(21))
    expect(started).toHaveLength(2)
    setClock(-hours(1))
    await clock.advance(hours(2))
    expect(started.filter(({ name }) => name.startsWith('daily'))).toHaveLength(1)
    expect(started.filter(({ name }) => name.startsWith('often')).length).toBeGreaterThanOrEqual(5)
    await keeper.close()
  })

  test('back by years, after it was wrong, does not silence a schedule for years', async () => {
    const { clock, keep, started, setClock, notices } = world('2041-01-01T00:00:00Z')
    const keeper = await keep(open(fresh()), { daily: scheduled(every.day('12:00')) })
    await clock.advance(hours(13))
    setClock(utc('2030-01-01T00:00:00Z') - clock.now())
    await clock.advance(hours(13))
    expect(started.map(({ name }) => name)).toEqual(['daily-20410101T120000Z', 'daily-20300101T120000Z'])
    expect(notices).toEqual(['the clock was set back, and schedule daily counts from now on'])
    await keeper.close()
  })
})

describe('a firing while the execution of the time before goes on', () => {
  test('is left out, and told', async () => {
    const { clock, keep, started, running, notices } = world('2030-01-01T00:00:00Z')
    const keeper = await keep(open(fresh()), { hourly: scheduled(every.hours(1)) })
    await clock.advance(hours(1))
    running.add(started[0]!.name)
    await clock.advance(hours(1))
    expect(started).toHaveLength(1)
    expect(notices).toEqual([
      'schedule hourly: its execution of before goes on, and 2030-01-01T02:00:00.000Z is left out',
    ])
    running.clear()
    await clock.advance(hours(1))
    expect(started).toHaveLength(2)
    await keeper.close()
  })

  test('is started where the schedule says so', async () => {
    const { clock, keep, started, running } = world('2030-01-01T00:00:00Z')
    const keeper = await keep(open(fresh()), { hourly: scheduled(every.hours(1), { overlap: true }) })
    await clock.advance(hours(1))
    running.add(started[0]!.name)
    await clock.advance(hours(1))
    expect(started).toHaveLength(2)
    await keeper.close()
  })
})

describe('a start', () => {
  const decided = async (file: string) => {
    const store = openScheduleStore(open(file))
    await store.save({ name: 'hourly', declared: 'rate(1 hour) UTC', after: utc('2030-01-01T01:00:00Z') }, [
      {
        schedule: 'hourly',
        due: utc('2030-01-01T01:00:00Z'),
        at: utc('2030-01-01T01:00:00Z'),
        code: 'fire',
        count: 1,
        start: { key: 'hourly-20300101T010000Z', flow: 'listing', input: { path: '/' }, carried: 'decided' },
      },
    ])
    return store
  }

  test('that a process decided and died over is made by the next one, once', async () => {
    const file = fresh()
    const store = await decided(file)
    const made = world('2030-01-01T01:00:10Z')
    const keeper = await made.keep(open(file), { hourly: scheduled(every.hours(1)) })
    expect(made.started.map(({ name }) => name)).toEqual(['hourly-20300101T010000Z'])
    await keeper.close()
    expect(store.unsettled()).toEqual([])
    const third = await made.keep(open(file), { hourly: scheduled(every.hours(1)) })
    await third.close()
    expect(made.started).toHaveLength(1)
  })

  test.each([
    ['whose schedule is gone', {}, 'there is no schedule hourly any more'],
    ['whose flow is gone', { hourly: scheduled(every.hours(1)) }, 'there is no flow listing any more'],
  ])('%s is not made any more', async (_what, schedules, problem) => {
    const file = fresh()
    const store = await decided(file)
    const made = world('2030-01-01T01:00:10Z')
    made.flows.delete('listing')
    const keeper = await made.keep(open(file), schedules)
    await keeper.close()
    expect(made.started).toEqual([])
    expect(store.firings({})[0]!.start).toMatchObject({ carried: 'lapsed', problem })
  })

  test('goes to the flow that was decided, whatever its schedule starts by now', async () => {
    const file = fresh()
    await decided(file)
    const made = world('2030-01-01T01:00:10Z')
    const keeper = await made.keep(open(file), {
      hourly: { schedule: schedule(other, every.hours(1), {}), flow: 'other' },
    })
    await keeper.close()
    expect(made.started).toMatchObject([{ flow: 'listing' }])
  })

  test('is tried again, as often as the schedule says', async () => {
    const { clock, keep, started, failStarts, notices } = world('2030-01-01T00:00:00Z')
    const file = fresh()
    const keeper = await keep(open(file), { hourly: scheduled(every.hours(1), { retry: { attempts: 2 } }) })
    failStarts(2)
    await clock.advance(hours(1) + minutes(1))
    expect(started).toHaveLength(1)
    failStarts(3)
    await clock.advance(hours(1))
    expect(started).toHaveLength(1)
    expect(notices.at(-1)).toBe('hourly-20300101T020000Z could not be started: the disk is full')
    await keeper.close()
  })

  test('that is too old is not made any more', async () => {
    const { clock, keep, started, failStarts, notices } = world('2030-01-01T00:00:00Z')
    const retry = { attempts: 100, maxAge: '5m' } as const
    const keeper = await keep(open(fresh()), { hourly: scheduled(every.hours(1), { retry }) })
    failStarts(1_000)
    await clock.advance(hours(1) + minutes(7))
    expect(started).toEqual([])
    expect(notices.at(-1)).toContain('it was decided more than 300 seconds ago')
    await keeper.close()
  })
})

describe('schedules that are declared otherwise than before', () => {
  test('count from now on, and those that are gone are forgotten', async () => {
    const { clock, keep, started, notices } = world('2030-01-01T00:00:00Z')
    const file = fresh()
    const options = { missed: 'once' } as const
    const before = await keep(open(file), {
      daily: scheduled(every.day('12:00'), options),
      gone: scheduled(every.hours(1), options),
    })
    await before.close()
    await clock.advance(days(2))
    const after = await keep(open(file), { daily: scheduled(every.day('06:00'), options) })
    expect(notices).toEqual([
      'schedule gone is not declared any more, and is forgotten',
      'schedule daily fires at other times than before, which count from now on',
    ])
    await clock.advance(days(1))
    await after.close()
    expect(started.map(({ name }) => name)).toEqual(['daily-20300103T060000Z'])
    expect(
      openScheduleStore(open(file))
        .states()
        .map(({ name }) => name),
    ).toEqual(['daily'])
  })
})

test('a database that can not be written to delays firings, and is told once', async () => {
  const { clock, keep, started, notices } = world('2030-01-01T00:00:00Z')
  const database = open(fresh())
  let broken = false
  const keeper = await keep(
    {
      ...database,
      write: work => (broken ? Promise.reject(new Error('the disk is full')) : database.write(work)),
    },
    { often: scheduled(every.minutes(10)) },
  )
  broken = true
  await clock.advance(minutes(10) + 20_000)
  expect(started).toEqual([])
  expect(notices).toEqual(["schedule often can't be kept at present: the disk is full"])
  broken = false
  await clock.advance(5_000)
  expect(started).toHaveLength(1)
  await keeper.close()
})
