import { describe, expect, test } from 'vitest'
import { StoreClosed } from '../../../src/core/execution-errors.ts'
import type { NewReading } from '../../../src/core/readings.ts'
import { openReadingStore } from '../../../src/state/sqlite/index.ts'
import fc from '../../support/fast-check.ts'
import { useFolder } from './folder.ts'

const { fresh, open } = useFolder()
const always = { from: 0, to: 1e15 }
const heat = (at: number, value: NewReading['value'], topic = 'closet/heat'): NewReading => ({
  sensor: 'heat',
  topic,
  at,
  value,
})

describe('readings in SQLite', () => {
  test('are there again when the file is opened anew, each as it was', async () => {
    const file = fresh()
    const values = [21.5, -3, 0, 1e300, 'ON', 'null', true, false, null, [1, 'a'], { a: { b: [] } }]
    const store = openReadingStore(open(file))
    await store.add(values.map((value, at) => heat(at, value)))
    await store.add([{ sensor: 'heat', topic: 'closet/heat', at: 99, why: 'no number' }])
    const again = openReadingStore(open(file))
    expect(again.range('heat', always)).toEqual([
      ...values.map((value, at) => ({ topic: 'closet/heat', at, value })),
      { topic: 'closet/heat', at: 99, why: 'no number' },
    ])
    expect(again.series()).toEqual([
      { sensor: 'heat', topic: 'closet/heat', count: values.length + 1, last: { at: 99, why: 'no number' } },
    ])
  })

  test('of one time replace each other', async () => {
    const store = openReadingStore(open(fresh()))
    await store.add([heat(1_000, 20), heat(1_000.7, 21)])
    await store.add([{ ...heat(1_000, undefined), why: 'garbled' }])
    expect(store.series()).toMatchObject([{ count: 1, last: { at: 1_000, why: 'garbled' } }])
  })

  test('are read from a time to before another, and of several topics together', async () => {
    const store = openReadingStore(open(fresh()))
    await store.add([1, 2, 3].flatMap(at => [heat(at, at, 'a'), heat(at, -at, 'b')]))
    expect(store.range('heat', { from: 2, to: 3 }).map(({ topic, value }) => [topic, value])).toEqual([
      ['a', 2],
      ['b', -2],
    ])
    expect(store.range('heat', { ...always, topic: 'b' }).map(({ value }) => value)).toEqual([-1, -2, -3])
    expect(store.range('other', always)).toEqual([])
  })

  test('are drawn as means of equal parts of the time, numbers alone', async () => {
    const store = openReadingStore(open(fresh()))
    await store.add([heat(0, 10), heat(1, 20), heat(2, 'ON'), heat(30, 5), heat(40, 99)])
    expect(store.means({ sensor: 'heat', topic: 'closet/heat' }, { from: 0, to: 40, parts: 4 })).toEqual([
      15,
      undefined,
      undefined,
      5,
    ])
  })

  test('that are too old or too many go, and series of which nothing is left with them', async () => {
    const store = openReadingStore(open(fresh()))
    const many = Array.from({ length: 12_000 }, (_, at) => heat(at, at, 'long'))
    await store.add([...many, heat(11_990, 1, 'short'), { ...heat(3, 1, 'gone'), sensor: 'gone' }])
    const kept = () => store.series().map(({ topic, count }) => [topic, count])
    const retention = { age: 11_000, perSeries: 1e6, total: 1e6 }
    expect(await store.prune(12_000, retention)).toBe(1_001)
    expect(kept()).toEqual([
      ['long', 11_000],
      ['short', 1],
    ])
    await store.prune(12_000, { ...retention, perSeries: 100 })
    expect(kept()[0]).toEqual(['long', 100])
    // What the short one leaves of its half is the long one's.
    await store.prune(12_000, { ...retention, total: 20 })
    expect(kept()).toEqual([
      ['long', 19],
      ['short', 1],
    ])
    expect(store.range('heat', { ...always, topic: 'long' })[0]).toMatchObject({ at: 11_981 })
  })

  test('are counted as they are, whatever comes and goes', async () => {
    const file = fresh()
    const database = open(file)
    const store = openReadingStore(database)
    const reading = fc.record({
      sensor: fc.constantFrom('heat', 'constructor'),
      topic: fc.constantFrom('a', 'b'),
      at: fc.integer({ min: 0, max: 50 }),
      value: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: undefined }),
    })
    const retention = fc.record({
      age: fc.integer({ min: 0, max: 60 }),
      perSeries: fc.integer({ min: 0, max: 20 }),
      total: fc.integer({ min: 0, max: 40 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(reading, { maxLength: 60 }), retention, async (readings, how) => {
        await store.add(readings)
        await store.prune(50, how)
        const counts = store.series().map(({ count }) => count)
        const counted = database.prepare('SELECT count(*) AS n FROM readings GROUP BY series').all()
        expect(counts.toSorted()).toEqual(counted.map(({ n }) => n).toSorted())
        expect(counts.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(how.total)
        for (const count of counts) expect(count).toBeLessThanOrEqual(how.perSeries)
      }),
      { numRuns: 40 },
    )
  })

  test('are refused once the store is closed, and their database is still there for others', async () => {
    const database = open(fresh())
    const store = openReadingStore(database)
    const added = store.add([heat(1, 1)])
    await store.close()
    await added
    await expect(store.add([heat(2, 2)])).rejects.toThrow(StoreClosed)
    expect(openReadingStore(database).series()).toHaveLength(1)
  })
})
