import * as z from 'zod'
import { isRecord } from '../json.ts'
import { ownValue } from '../own-value.ts'
import { valueAt } from './path.ts'
import type { Payload } from './payload.ts'

/**
 * What Tasmota says at `tele/<device>/SENSOR` and `STATE`: the number at a path. Its `Time` has no zone and is believed only
 * where you say which it means; without, a reading is as old as its message.
 *
 * @example
 * sensor('tele/closet/SENSOR', tasmota('AM2301.Temperature'), { maxAge: '10m', unit: '°C' })
 * sensor('tele/inverter/SENSOR', tasmota('ENERGY.Power'), { unit: 'W' })
 */
export function tasmota(path: string, options: { readonly time?: 'local' | 'utc' } = {}): Payload<number> {
  const { time } = options
  return {
    payload: true,
    schema: numberAt(path),
    ...(time === undefined ? {} : { time: { path: 'Time', zone: time } }),
  }
}

/**
 * What Zigbee2MQTT says at `zigbee2mqtt/<device>`: the number of a property. With `lastSeen` a reading is as old as the
 * message says, where `advanced.last_seen` is switched on; then what the broker kept can be believed, too.
 *
 * @example
 * sensor('zigbee2mqtt/closet', zigbee2mqtt('temperature', { lastSeen: true }), { maxAge: '1h', unit: '°C' })
 */
export function zigbee2mqtt(
  property: string,
  options: { readonly lastSeen?: boolean } = {},
): Payload<number> {
  return {
    payload: true,
    schema: numberAt(property),
    ...(options.lastSeen ? { time: { path: 'last_seen' } } : {}),
  }
}

/**
 * What is on or off: `ON` and `OFF` in any case, `true` and `false`, `1` and `0`; as the message, or at a path in it, such as
 * `POWER` of Tasmota and `state` of Zigbee2MQTT.
 *
 * @example
 * sensor('stat/fan/POWER', onOff())
 * sensor('zigbee2mqtt/plug', onOff('state'))
 */
export function onOff(path?: string): Payload<boolean> {
  const states: Readonly<Record<string, boolean>> = {
    on: true,
    off: false,
    true: true,
    false: false,
    1: true,
    0: false,
  }
  return {
    payload: true,
    schema: z.unknown().transform((message, context) => {
      const part = path === undefined ? message : valueAt(message, path)
      const state = isRecord(part) ? undefined : ownValue(states, String(part).toLowerCase())
      if (state !== undefined) return state
      context.addIssue({ code: 'custom', message: `${path ?? 'the message'} is neither on nor off` })
      return z.NEVER
    }),
  }
}

function numberAt(path: string): z.ZodType<number> {
  return z.unknown().transform((message, context) => {
    const part = valueAt(message, path)
    if (typeof part === 'number' && Number.isFinite(part)) return part
    context.addIssue({ code: 'custom', message: `there is no number at ${path}` })
    return z.NEVER
  })
}
