import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { isSensor, sensor } from '../../../src/core/sensor.ts'
import { zigbee2mqtt } from '../../../src/core/sensors/devices.ts'
import { InvalidSensor } from '../../../src/core/sensors/invalid.ts'
import { matchesTopic, topicProblem } from '../../../src/core/sensors/topic.ts'
import { watch } from '../../../src/core/watch.ts'
import { InvalidWatch } from '../../../src/core/watches/invalid.ts'
import { noted } from '../../triggers/watch/make.ts'

describe('a sensor', () => {
  test('is called after its topic and what it picks, and is believed for ten minutes', () => {
    const heat = sensor('tele/a/SENSOR', { pick: 'AM2301.Temperature' })
    expect(heat).toMatchObject({
      name: 'tele/a/SENSOR#AM2301.Temperature',
      options: { maxAgeSeconds: 600, keepSeconds: 10, retained: 'unknown' },
    })
    expect(isSensor(heat)).toBe(true)
    expect(isSensor({ ...heat, topic: 'a' }) && isSensor(noted)).toBe(false)
  })

  test("takes the time of its device's messages, unless it says another", () => {
    expect(sensor('a', zigbee2mqtt('t', { lastSeen: true })).options.time).toEqual({ path: 'last_seen' })
    expect(sensor('a', zigbee2mqtt('t', { lastSeen: true }), { time: 'seen' }).options.time).toEqual({
      path: 'seen',
    })
  })

  test.each([
    ['', {}, /topic: it is empty/],
    ['a/b+/c', {}, /whole levels/],
    ['a/#/c', {}, /last level/],
    ['a\0b', {}, /does not carry/],
    ['x'.repeat(70_000), {}, /longer than 65535/],
    ['a', { maxAge: '5 minutes' }, /maxAge is "5 minutes"/],
    ['a', { pick: 'a..b' }, /pick: a part is written/],
    ['a', { name: 'a\nb' }, /name: /],
    ['a', { maxage: 5 }, /options: Unrecognized key/],
    ['a', { combine: 'median' }, /combine: /],
  ])('%.20s with %j is refused', (topic, options, why) => {
    expect(() => sensor(topic, options as never)).toThrow(InvalidSensor)
    expect(() => sensor(topic, z.number(), options as never)).toThrow(why)
  })
})

test('topics are matched as MQTT has it', () => {
  const among = (filter: string, ...topics: string[]) => topics.filter(topic => matchesTopic(filter, topic))
  expect(among('a/+/c', 'a/b/c', 'a//c', 'a/c', 'a/b/c/d')).toEqual(['a/b/c', 'a//c'])
  expect(among('a/#', 'a', 'a/b', 'a/b/c', 'ab')).toEqual(['a', 'a/b', 'a/b/c'])
  expect(among('#', 'a', '/', '$SYS/load')).toEqual(['a', '/'])
  expect(among('+/load', 'a/load', '$SYS/load')).toEqual(['a/load'])
  expect(among('$SYS/#', '$SYS/load')).toEqual(['$SYS/load'])
  expect(topicProblem('a/+/#')).toBeUndefined()
})

describe('a watch', () => {
  const heat = sensor('closet/temperature')
  const hot = { sensor: heat, when: (value: number) => value > 70, flow: noted }

  test('has a guard though nobody asked for one', () => {
    expect(watch('hot', hot).rules).toMatchObject({
      on: 'level',
      forMs: 0,
      cooldownMs: 600_000,
      budget: { actions: 24, perMs: 86_400_000 },
      reverses: false,
    })
  })

  test.each([
    ['too hot', hot, /name: up to 50 letters/],
    ['x'.repeat(51), hot, /name: /],
    ['hot', { ...hot, when: 70 }, /when: it is a function/],
    ['hot', { ...hot, sensor: 'closet' }, /sensor: it is made by sensor/],
    ['hot', { ...hot, sensor: undefined }, /say sensor, sensors or poll/],
    ['hot', { ...hot, sensors: { heat } }, /looks at one thing/],
    ['hot', { ...hot, sensor: sensor('a/+') }, /stands for several topics/],
    ['hot', { ...hot, for: '0s' }, /for: for is "0s"/],
    ['hot', { ...hot, budget: { actions: 0, per: '1d' } }, /budget\.actions/],
    ['hot', { ...hot, flow: () => {} }, /flow: it starts a flow/],
    ['hot', { ...hot, onClear: { flow: noted, inptu: {} } }, /onClear: it is a flow, or/],
    ['hot', { ...hot, cool: '5m' }, /Unrecognized key/],
  ])('%s with what is wrong is refused', (name, options, why) => {
    expect(() => watch(name, options as never)).toThrow(InvalidWatch)
    expect(() => watch(name, options as never)).toThrow(why)
  })

  test('has its inputs checked when it is declared', () => {
    expect(() => watch('hot', { ...hot, input: { value: 'hot' as never } })).toThrow(
      /watch hot: input: value/,
    )
    expect(() => watch('hot', { ...hot, onClear: { flow: noted, input: { value: true as never } } })).toThrow(
      /onClear\.input/,
    )
  })
})
