import { describe, expect, test } from 'vitest'
import { discoveredIn } from '../../../src/core/sensors/discovery.ts'
import fc from '../../support/fast-check.ts'

const one = 'homeassistant/sensor/closet/temperature/config'

describe('an announcement of a device', () => {
  test('as Zigbee2MQTT makes it is a sensor', () => {
    const message = {
      device: { name: 'closet', identifiers: ['zigbee2mqtt_0x00158d'] },
      device_class: 'temperature',
      name: 'Temperature',
      state_topic: 'zigbee2mqtt/closet',
      unit_of_measurement: '°C',
      value_template: '{{ value_json.temperature }}',
    }
    expect(discoveredIn(one, message)).toEqual([
      {
        name: 'closet Temperature',
        topic: 'zigbee2mqtt/closet',
        pick: 'temperature',
        unit: '°C',
        onOff: false,
      },
    ])
  })

  test('as Tasmota makes it, abbreviated, is one too', () => {
    const message = {
      name: 'Tasmota AM2301 Temperature',
      '~': 'tele/closet',
      stat_t: '~/SENSOR',
      unit_of_meas: '°C',
      val_tpl: "{{value_json['AM2301'].Temperature | float | round(1)}}",
      exp_aft: 600,
    }
    expect(discoveredIn(one, message)).toMatchObject([
      { topic: 'tele/closet/SENSOR', pick: 'AM2301.Temperature', maxAge: 600 },
    ])
  })

  test('of a device with several parts is as many', () => {
    const message = {
      dev: { name: 'fan' },
      stat_t: 'fan/state',
      cmps: {
        speed: { p: 'sensor', val_tpl: '{{ value_json.speed }}' },
        on: { p: 'binary_sensor', val_tpl: '{{ value_json.on }}' },
        button: { p: 'button', cmd_t: 'fan/set' },
      },
    }
    expect(
      discoveredIn('homeassistant/device/fan/config', message).map(({ pick, onOff }) => [pick, onOff]),
    ).toEqual([
      ['speed', false],
      ['on', true],
    ])
  })

  test('with a template that is a program says so', () => {
    const template = '{{ (value_json.t * 9 / 5) + 32 }}'
    expect(discoveredIn(one, { state_topic: 't', value_template: template })).toMatchObject([{ template }])
    expect(discoveredIn(one, { state_topic: 't', value_template: '{{ value }}' })).toEqual([
      { name: 't', topic: 't', onOff: false },
    ])
  })

  test('that is none is passed over, whatever it is', () => {
    expect(discoveredIn('homeassistant/light/a/config', { state_topic: 't' })).toEqual([])
    expect(discoveredIn(one, { state_topic: 'a/#/b' })).toEqual([])
    fc.assert(
      fc.property(
        fc.constantFrom(one, 'homeassistant/device/x/config', ''),
        fc.jsonValue(),
        (topic, message) => {
          expect(Array.isArray(discoveredIn(topic, message))).toBe(true)
        },
      ),
    )
  })
})
