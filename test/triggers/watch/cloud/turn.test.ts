import { beforeEach, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { UnexpectedData } from '../../../../src/core/errors.ts'
import { flow } from '../../../../src/core/flow.ts'
import type { Json } from '../../../../src/core/json.ts'
import { transform } from '../../../../src/core/operation/map.ts'
import { sensor } from '../../../../src/core/sensor.ts'
import { type Watch, watch } from '../../../../src/core/watch.ts'
import type { CloudReading } from '../../../../src/core/watches/cloud/reading.ts'
import { type CloudRecord, cloudRecordSchema } from '../../../../src/core/watches/cloud/record.ts'
import type { WatchRequest } from '../../../../src/core/watches/cloud/request.ts'
import { knownTo } from '../../../../src/triggers/watch/cloud/readings.ts'
import { newRecord, type Turn, takeTurn } from '../../../../src/triggers/watch/cloud/turn.ts'
import { minute, noted } from '../make.ts'
import { heat, rooms, told, watchOn } from './world.ts'

const second = 1_000
const start = 1_000_000 * minute
/** Acts at once, again after each second, and has much to spend. */
const eager = watchOn(heat, { cooldown: '1s', budget: { actions: 100, per: '1d' } })

let record: CloudRecord
beforeEach(() => {
  record = newRecord(start)
})

/** Takes a turn at a time after the start, as it would be kept. */
function take(watched: Watch, request: Partial<WatchRequest>, after = 0): Turn {
  const whole = { do: 'decide', watch: watched.name, execution: 'e1', looks: 0, ...request } as WatchRequest
  const turn = takeTurn(watched, record, whole, start + after)
  record = cloudRecordSchema.parse(JSON.parse(JSON.stringify(turn.record)))
  return turn
}
const hear = (watched: Watch, value: number | undefined, after: number, at = after) =>
  take(watched, { reading: told(value, start + at) }, after)
const settle = (key: string, after: number, more: object = {}) =>
  take(eager, { do: 'settle', key, carried: 'started', ...more }, after)

describe('a reading', () => {
  test('of a time that is still to come is of no time, and the next one counts again', () => {
    expect(hear(eager, 80, 0, 61 * second).answer).toMatchObject({
      code: 'unknown',
      why: expect.stringContaining('is still to come'),
    })
    expect(hear(eager, 80, second, 30 * second).answer).toMatchObject({ code: 'act' })
  })

  test('of a clock that goes ahead a little ages from when it came', () => {
    hear(eager, 65, 0, 50 * second)
    expect(knownTo(eager, record, start)).toEqual({
      known: true,
      value: 65,
      at: start,
      until: start + 10 * minute,
    })
  })

  test('that is older than it may be is not acted on', () => {
    expect(hear(eager, 80, 0, -11 * minute).answer).toMatchObject({ code: 'unknown' })
    expect(hear(eager, 80, 0, -9 * minute).answer).toMatchObject({ code: 'act' })
  })

  test('never takes the place of a newer one, nor of one of the same time', () => {
    hear(eager, 65, 0)
    expect(hear(eager, 80, second, -1).answer).toMatchObject({ code: 'calm' })
    expect(hear(eager, 80, second, 0).answer).toMatchObject({ code: 'calm' })
    expect(hear(eager, 80, second, 1).answer).toMatchObject({ code: 'act' })
  })

  test('that fits no plain schema is unknown, and one that a schema made something of is believed', () => {
    const reading = { ...told(1, start), value: '99' } as CloudReading
    expect(take(eager, { reading }).answer).toMatchObject({
      code: 'unknown',
      why: "it does not fit the sensor's schema",
    })
    const made = sensor('closet/heat', z.string().transform(Number), { name: 'made' })
    const watched = watchOn(made)
    record = newRecord(start)
    expect(take(watched, { reading: told(80, start, 'closet/heat', 'made') }).answer.code).toBe('act')
  })

  test('of what the watch does not look at is refused, and nothing comes of it', () => {
    const before = record
    for (const reading of [told(80, start, 'closet/heat', 'other'), told(80, start, 'attic/heat')])
      expect(() => take(eager, { reading })).toThrow(UnexpectedData)
    const both = { reading: told(80, start), asked: { output: 1 } }
    expect(() => take(eager, both)).toThrow(UnexpectedData)
    expect(() => take(eager, { asked: { output: 1 } })).toThrow(UnexpectedData)
    expect(record).toBe(before)
  })
})

describe('topics', () => {
  const all = sensor('all/#', z.unknown(), { maxAge: '10m', combine: values => values.length })
  const counting = watch('counts', { sensor: all, when: () => false, flow: noted })
  const hearTopic = (topic: string, after: number, value: Json = 1) =>
    take(counting, { reading: { v: 1, sensor: 'all/#', topic, at: start + after, value } }, after)
  const known = (after: number) => {
    const reading = knownTo(counting, record, start + after)
    return reading.known ? reading.value : reading.why
  }

  test('are a hundred at most, and those that are silent make room', () => {
    for (let count = 0; count < 101; count++) hearTopic(`all/${count}`, count)
    expect(known(200)).toBe(100)
    expect(hearTopic('all/x', 300).answer.why).toBe('there is no room for all/x among the readings of all/#')
    expect(record.trouble).toContain('no room')
    hearTopic('all/0', 9 * minute)
    hearTopic('all/y', 11 * minute)
    expect(known(11 * minute)).toBe(2)
    expect(record.trouble).toBeUndefined()
  })

  test('with large values fill no more than there is room for; what was known of one is not known any more then', () => {
    const large = 'x'.repeat(4_000)
    for (let count = 0; count < 30; count++) hearTopic(`all/${count}`, count, count < 20 ? large : 1)
    hearTopic('all/29', 100, large)
    hearTopic('all/28', 101, large)
    hearTopic('all/27', 102, large)
    hearTopic('all/26', 103, large)
    hearTopic('all/25', 104, large)
    expect(JSON.stringify(record.readings).length).toBeLessThan(96 * 1024 + 1_000)
    expect(known(200)).toBe(28)
    expect(record.readings.filter(one => 'reason' in one)).toMatchObject([
      { topic: 'all/26', reason: 'failed' },
      { topic: 'all/25', reason: 'failed' },
    ])
  })

  test('may be called like anything', () => {
    for (const topic of ['all/__proto__', '__proto__', 'constructor'])
      if (topic.startsWith('all')) hearTopic(topic, 1)
      else expect(() => hearTopic(topic, 1)).toThrow(UnexpectedData)
    expect(known(1)).toBe(1)
  })
})

describe('an action', () => {
  test('is answered to everybody, the oldest first, until somebody has settled it', () => {
    const first = hear(eager, 80, 0).answer.action
    expect(first).toMatchObject({ kind: 'flow', input: '{"value":80}' })
    expect(hear(eager, 81, 2 * second).answer).toMatchObject({ code: 'act', action: first })
    const second_ = settle(first!.key, 3 * second).answer
    expect(second_.action).toMatchObject({ input: '{"value":81}' })
    expect(second_.code).toBeUndefined()
    expect(settle(second_.action!.key, 3 * second).answer.action).toBeUndefined()
  })

  test('waits where four are not settled, and is decided once they are', () => {
    for (let count = 0; count < 4; count++) hear(eager, 80 + count, 2 * count * second)
    const held = hear(eager, 90, 10 * second)
    expect(held.answer).toMatchObject({ code: 'act', why: expect.stringContaining('4 actions') })
    expect(held.decision).toBeUndefined()
    let last: Turn = held
    for (let count = 0; count < 4; count++) last = settle(last.answer.action!.key, 11 * second)
    expect(last.answer).toEqual({ look: new Date(start + 10 * second).toISOString() })
    expect(take(eager, { looks: 1 }, 11 * second).answer).toMatchObject({ action: { input: '{"value":90}' } })
  })

  test('lapses after a quarter of an hour, and was started all the same if somebody says so then', () => {
    const { key } = hear(eager, 80, 0).answer.action!
    hear(eager, 65, second)
    expect(hear(eager, 65, 15 * minute).settled).toEqual([])
    const over = hear(eager, 65, 15 * minute + 1)
    const at = start
    expect(over.settled).toEqual([
      { at, key, carried: 'lapsed', problem: 'nobody said within 15 minutes that it was started' },
    ])
    expect(over.answer.action).toBeUndefined()
    expect(settle(key, 16 * minute, { carried: 'failed', problem: 'x' }).settled).toEqual([])
    expect(settle(key, 16 * minute).settled).toEqual([{ at, key, carried: 'started' }])
    expect(settle(key, 16 * minute).settled).toEqual([])
  })

  test('that could not be started says why, once', () => {
    const { key } = hear(eager, 80, 0).answer.action!
    const said = { carried: 'failed', problem: 'x'.repeat(2_000) }
    expect(settle(key, 1, said).settled).toEqual([
      { at: start, key, carried: 'failed', problem: `${'x'.repeat(499)}…` },
    ])
    expect(settle(key, 1, said).settled).toEqual([])
    expect(settle('hot-unknown-1', 1).settled).toEqual([])
  })

  test.each([
    ['can not be made', () => JSON.parse('no'), 'is not valid JSON'],
    ['is refused by the flow', () => ({ value: 'much' }), 'watch hot: input:'],
    ['is too large', () => ({ text: 'x'.repeat(33_000) }), '32768 bytes'],
  ])('whose input %s is not decided, and the watch says why', (_, input, why) => {
    const any = flow({
      input: z.union([z.strictObject({ text: z.string() }), z.strictObject({ value: z.number() })]),
      steps: transform((data: unknown) => data),
    })
    const watched = watch('hot', { sensor: heat, when: () => true, flow: any, input: input as never })
    const turn = hear(watched, 80, 0)
    expect(turn.answer).toMatchObject({ code: 'calm', why: expect.stringContaining(why) })
    expect(turn.answer.action).toBeUndefined()
    expect(record.trouble).toBe(turn.answer.why)
    expect(record.state.phase).toBe('calm')
  })
})

describe('a look', () => {
  const slow = watchOn(heat, { for: '5m', on: 'edge' })
  const at = (after: number) => new Date(start + after).toISOString()
  const by = (execution: string, more: Partial<WatchRequest>, after: number) =>
    take(slow, { execution, ...more }, after)

  test('is promised to one execution, and to it again where it did not hear', () => {
    expect(hear(slow, 80, 0).answer).toEqual({ code: 'waiting', look: at(5 * minute) })
    expect(by('e2', { reading: told(81, start + second) }, second).answer).toEqual({ code: 'waiting' })
    expect(hear(slow, 80, 2 * second, 0).answer).toEqual({ code: 'waiting', look: at(5 * minute) })
    expect(by('e1', { looks: 1 }, 5 * minute).answer).toMatchObject({ code: 'act' })
  })

  test('is promised to somebody else where whoever was promised it did not come', () => {
    hear(slow, 80, 0)
    const later = (after: number) =>
      by(`e${after}`, { reading: told(69, start + after) }, after) &&
      by(`f${after}`, { reading: told(80, start + after + 1) }, after + 1).answer
    expect(later(minute).look).toBeUndefined()
    expect(later(5.5 * minute).look).toBeUndefined()
    expect(later(6.5 * minute).look).toBe(at(11.5 * minute + 1))
  })

  test('is not promised to an execution that has looked four hundred times', () => {
    expect(by('e1', { reading: told(80, start), looks: 400 }, 0).answer).toEqual({ code: 'waiting' })
    expect(by('e2', { reading: told(80, start + 1) }, 1).answer).toEqual({
      code: 'waiting',
      look: at(5 * minute),
    })
  })

  test('is asked for where one of several topics gets too old in the middle of a dwell', () => {
    const both = watchOn(rooms('max'), { for: '20m' })
    const hearRoom = (room: string, after: number) =>
      take(both, { reading: told(80, start + after, `closet/${room}/heat`, 'closet/+/heat') }, after).answer
    // Nothing could end before the only reading is too old.
    expect(hearRoom('a', 0)).toEqual({ code: 'waiting' })
    expect(hearRoom('b', 5 * minute)).toEqual({ code: 'waiting', look: at(10 * minute + 1) })
    expect(take(both, { looks: 1 }, 10 * minute + 1).answer).toEqual({ code: 'waiting' })
    expect(record.state.dwell).toMatchObject({ until: start + 15 * minute })
  })

  test('is not asked for where nothing waits but that the reading gets old', () => {
    expect(hear(slow, 65, 0).answer).toEqual({ code: 'calm' })
    expect(hear(slow, undefined, 1).answer).toMatchObject({ code: 'unknown', why: 'no number' })
    const long = watchOn(heat, { for: '30m' })
    expect(hear(long, 80, 2).answer).toEqual({ code: 'waiting' })
  })
})

describe('a poll', () => {
  const asks = watch('asks', {
    poll: { flow: noted, every: '10m', value: (output: any) => output.price },
    when: price => (price as number) < 5,
    flow: noted,
  })
  const ask = (asked: object, after = 0) => take(asks, { asked } as never, after).answer

  test('decides on what its flow found out', () => {
    expect(ask({ output: { price: 9 } })).toMatchObject({ code: 'calm' })
    expect(ask({ output: { price: 4 } }, minute)).toMatchObject({ code: 'act', action: { input: '{}' } })
  })

  test.each([
    ['failed', { failed: 'States.Timeout: too slow' }, 'States.Timeout: too slow'],
    ['says nothing', { output: {} }, 'its output says nothing, which is no value'],
    ['can not be read by its author', { output: null }, 'null'],
    ['says too much', { output: { price: 'x'.repeat(65_536) } }, '65536 bytes'],
  ])('whose flow %s knows nothing', (_, asked, why) => {
    ask({ output: { price: 9 } })
    expect(ask(asked, 1)).toMatchObject({ code: 'unknown', why: expect.stringContaining(why) })
  })
})

test('a watch that looks at something else since it was deployed again forgets what it looked at before', () => {
  hear(eager, 65, 0)
  const attic = watchOn(sensor('attic/heat', z.number(), { name: 'closet/heat' }))
  expect(knownTo(attic, record, start)).toMatchObject({ known: false, reason: 'absent' })
  expect(take(attic, { reading: told(60, start, 'attic/heat') }).record.readings).toHaveLength(1)
})

test('several sensors are known together or not at all', () => {
  const [sun, battery] = [sensor('sun'), sensor('battery')]
  const mine = watch('mine', {
    sensors: { sun, battery },
    when: one => one.sun > 10 && one.battery > 50,
    flow: noted,
  })
  const reading = (of: string, value: number, after: number) =>
    take(mine, { reading: told(value, start + after, of, of) }, after).answer
  expect(reading('sun', 11, 0)).toMatchObject({ code: 'unknown', why: 'battery: nothing came yet' })
  expect(reading('battery', 60, 1)).toMatchObject({ code: 'act' })
})

test('a clock that goes back by a little changes nothing', () => {
  hear(eager, 65, second)
  expect(hear(eager, 80, 0, 2 * second).decision?.at).toBe(start + second)
})
