import { describe, expect, test } from 'vitest'
import { sensor } from '../../../src/core/sensor.ts'
import { watch } from '../../../src/core/watch.ts'
import { backtest, type Replayed } from '../../../src/triggers/watch/backtest.ts'
import fc from '../../support/fast-check.ts'
import { minute, noted } from './make.ts'

const heat = sensor('heat', { maxAge: '5m' })
const guard = { when: (value: number) => value > 70, clears: (value: number) => value < 60, flow: noted }
const tooHot = watch('too-hot', { sensor: heat, ...guard, for: '3m', on: 'edge', cooldown: '30m' })
const at = (minutes: number, value?: number): Replayed => ({
  source: 'heat',
  topic: 'heat',
  at: minutes * minute,
  ...(value === undefined ? { why: 'garbled' } : { value }),
})
const within = { from: 0, to: 60 * minute }

describe('a back-test', () => {
  test('acts between two readings, when the dwell is over', () => {
    const report = backtest(tooHot, [at(10, 71), at(14, 72), at(15, 50)], within)
    expect(report.fires).toEqual([{ at: 13 * minute, kind: 'flow', value: 71 }])
    expect(report).toMatchObject({ readings: 3, crossings: 1, flaps: 0, holdsMs: 5 * minute })
    expect(report.spans).toEqual([[10 * minute, 15 * minute]])
  })

  test('counts what nobody knew: before the first reading, after one is too old, and what was garbled', () => {
    const { unknownMs, holdsMs } = backtest(tooHot, [at(10, 71), at(20, 50), at(22), at(30, 50)], within)
    expect(holdsMs).toBe(5 * minute)
    // 10 until the first, 5 after it is too old, 8 garbled, 25 after the last.
    expect(unknownMs).toBe(48 * minute)
  })

  test('counts what the guard held back', () => {
    const hot = [0, 10, 20, 30].flatMap(begin => [at(begin, 71), at(begin + 4, 71), at(begin + 5, 50)])
    const rules = { sensor: heat, ...guard, for: '3m', on: 'edge', cooldown: '15m' } as const
    expect(backtest(watch('a', rules), hot, within)).toMatchObject({
      fires: [{ at: 3 * minute }, { at: 23 * minute }],
      heldBack: { cooling: 2, spent: 0 },
    })
    const thrifty = { ...rules, cooldown: '1s', budget: { actions: 1, per: '1d' } } as const
    expect(backtest(watch('a', thrifty), hot, within)).toMatchObject({
      fires: [{ at: 3 * minute }],
      heldBack: { spent: 3 },
    })
  })

  test('leaves out what is of another time or of nobody', () => {
    const stranger = { ...at(5, 99), source: 'other' }
    expect(backtest(tooHot, [at(-10, 71), stranger, at(60, 71)], within)).toMatchObject({
      readings: 0,
      fires: [],
    })
  })

  test('accounts for all of the time, whatever was read', () => {
    const reading = fc.record({
      after: fc.integer({ min: 0, max: 10 }),
      value: fc.option(fc.integer({ min: 50, max: 90 }), { nil: undefined }),
    })
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 60 }), steps => {
        let time = 0
        const readings = steps.map(({ after, value }) => {
          time += after
          return at(time, value)
        })
        const all = { from: 0, to: (time + 1) * minute }
        const report = backtest(tooHot, readings, all)
        expect(report.holdsMs + report.unknownMs).toBeLessThanOrEqual(all.to)
        const drawn = report.spans.reduce((sum, [begin, end]) => sum + end - begin, 0)
        expect(drawn).toBe(report.holdsMs)
        expect(report.fires.length).toBeLessThanOrEqual(report.crossings)
      }),
    )
  })
})
