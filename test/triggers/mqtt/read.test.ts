import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { type Sensor, sensor } from '../../../src/core/sensor.ts'
import { readTime } from '../../../src/core/sensors/time.ts'
import { readMessage } from '../../../src/triggers/mqtt/read.ts'
import fc from '../../support/fast-check.ts'

const wall = Date.parse('2026-11-28T14:00:00Z')
const came = 5_000_000

const read = (one: Sensor, payload: string | Uint8Array, retained = false) =>
  readMessage(
    one,
    {
      topic: 't',
      payload: typeof payload === 'string' ? new TextEncoder().encode(payload) : payload,
      retained,
      at: came,
    },
    wall,
  )
const valueIn = (one: Sensor, payload: string) => {
  const { reading } = read(one, payload)
  return reading.known ? reading.value : reading.why
}

describe('a message', () => {
  test('is JSON, or the text that it is', () => {
    expect(valueIn(sensor('t'), ' 21.5 ')).toBe(21.5)
    expect(valueIn(sensor('t', z.string()), 'ON')).toBe('ON')
    expect(valueIn(sensor('t', z.string()), '12')).toBe('12')
    expect(valueIn(sensor('t', z.stringbool()), 'on')).toBe(true)
    expect(valueIn(sensor('t', { pick: 'a.0.b' }), '{"a":[{"b":7}]}')).toBe(7)
  })

  test('is unknown with the reason where it does not fit', () => {
    const part = sensor('t', { pick: 'constructor' })
    expect(valueIn(part, '{}')).toBe('constructor: the message has no such part')
    expect(valueIn(sensor('t', z.number().max(120)), '121')).toMatch(/120/)
    expect(read(sensor('t', z.string()), 'x'.repeat(65 * 1024)).reading).toMatchObject({
      reason: 'unparseable',
    })
    const throwing = z.string().transform(() => {
      throw new Error('oh')
    })
    expect(valueIn(sensor('t', throwing), 'x')).toBe("the sensor's schema threw: oh")
    expect(
      valueIn(
        sensor(
          't',
          z.number().transform(at => new Date(at)),
        ),
        '1',
      ),
    ).toMatch(/a Date/)
    expect(
      valueIn(
        sensor(
          't',
          z.string().transform(async text => text),
        ),
        'x',
      ),
    ).toMatch(/schema threw/)
  })

  test('is as old as it says, and not believed where that can not be', () => {
    const dated = sensor('t', z.number(), { pick: 'v', time: 'at', maxAge: '5m' })
    const at = (time: unknown) => read(dated, JSON.stringify({ v: 1, at: time }))
    expect(at('2026-11-28T13:59:00Z')).toMatchObject({
      age: 60_000,
      reading: { known: true, at: came - 60_000, until: came + 240_000 },
    })
    expect(at('2026-11-28T14:00:30Z')).toMatchObject({ age: 0, reading: { known: true, at: came } })
    expect(at('2026-11-28T15:00:00Z').reading).toMatchObject({
      reason: 'ageless',
      why: expect.stringMatching(/3600 s ahead/),
    })
    expect(at('yesterday').reading).toMatchObject({ reason: 'ageless' })
    expect(at(undefined).reading).toMatchObject({ why: 'there is no time at at' })
  })

  test('that a broker kept is of an unknown age', () => {
    expect(read(sensor('t'), '1', true)).toMatchObject({ ageless: true, reading: { reason: 'ageless' } })
    expect(read(sensor('t', { retained: 'trusted' }), '1', true).reading.known).toBe(true)
  })

  test('of any bytes is a reading, and never an error', () => {
    const sensors = [
      sensor('t'),
      sensor('t', z.string()),
      sensor('t', z.unknown(), { pick: 'a.b', time: 'c' }),
    ]
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 60 }),
          fc.json().map(text => new TextEncoder().encode(text)),
        ),
        payload => {
          for (const one of sensors) {
            const { reading } = read(one, payload)
            if (reading.known) expect(JSON.parse(JSON.stringify(reading.value))).toEqual(reading.value)
            else expect(reading.why).not.toBe('')
          }
        },
      ),
    )
  })
})

test('times are read as devices write them', () => {
  expect(readTime('2026-11-28T14:00:00Z')).toBe(wall)
  expect(readTime('2026-11-28T15:00:00+01:00')).toBe(wall)
  expect(readTime('2026-11-28 14:00:00.000', 'utc')).toBe(wall)
  expect(readTime('2026-11-28T14:00:00')).toBe(new Date(2026, 10, 28, 14).getTime())
  expect(readTime(wall)).toBe(wall)
  expect(readTime(wall / 1_000)).toBe(wall)
  expect(readTime(String(wall))).toBe(wall)
  for (const none of [0, -1, Number.NaN, '', 'now', '2026-13-40T00:00:00Z', null, {}, true])
    expect(readTime(none)).toBeUndefined()
})
