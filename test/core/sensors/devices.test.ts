import { expect, test } from 'vitest'
import { onOff, tasmota, zigbee2mqtt } from '../../../src/core/sensors/devices.ts'

const read = (payload: { schema: { safeParse(value: unknown): any } }, message: unknown) => {
  const parsed = payload.schema.safeParse(message)
  return parsed.success ? parsed.data : parsed.error.issues[0].message
}

test("Tasmota's messages are read at a path", () => {
  const message = {
    Time: '2026-11-28T14:05:00',
    AM2301: { Temperature: 23.4, Humidity: 41 },
    ENERGY: { Power: [12, 80] },
    TempUnit: 'C',
  }
  expect(read(tasmota('AM2301.Temperature'), message)).toBe(23.4)
  expect(read(tasmota('ENERGY.Power.1'), message)).toBe(80)
  expect(read(tasmota('DS18B20.Temperature'), message)).toBe('there is no number at DS18B20.Temperature')
  expect(read(tasmota('AM2301.Temperature'), { AM2301: { Temperature: null } })).toMatch(/no number/)
  expect(tasmota('AM2301.Temperature').time).toBeUndefined()
  expect(tasmota('AM2301.Temperature', { time: 'utc' }).time).toEqual({ path: 'Time', zone: 'utc' })
})

test("Zigbee2MQTT's messages are read by their properties", () => {
  const message = { temperature: 21.7, linkquality: 88, last_seen: '2026-11-28T14:05:00.000Z' }
  expect(read(zigbee2mqtt('temperature'), message)).toBe(21.7)
  expect(read(zigbee2mqtt('temperature'), { temperature: null })).toMatch(/no number/)
  expect(zigbee2mqtt('temperature', { lastSeen: true }).time).toEqual({ path: 'last_seen' })
})

test('what is on or off is true or false', () => {
  expect(['ON', 'off', true, 0, '1'].map(message => read(onOff(), message))).toEqual([
    true,
    false,
    true,
    false,
    true,
  ])
  expect(read(onOff('state'), { state: 'OFF' })).toBe(false)
  for (const message of ['', 'maybe', 2, null, {}, ['ON', 'OFF'], 'constructor'])
    expect(read(onOff(), message)).toBe('the message is neither on nor off')
})
