import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { configSchema } from '../../../src/core/config.ts'
import type { NewReading } from '../../../src/core/readings.ts'
import { openTriggers } from '../../../src/run/open-readings.ts'
import { newState } from '../../../src/triggers/watch/decide.ts'
import { steadyClock, systemTime } from '../../../src/triggers/watch/steady.ts'
import { startMosquitto } from '../../lab/mosquitto.ts'
import { needs } from '../../support/needs.ts'
import { call, project } from '../harness.ts'

const flows = `
import { flow, hosts, exec, sensor, watch } from 're-ops'
import * as z from 'zod'
export const down = flow({ input: z.strictObject({}), steps: exec(hosts(['foo']), 'shutdown -h now') })
export const heat = sensor('closet/temperature', { maxAge: '5m', unit: '°C' })
export const door = sensor('closet/door', z.enum(['open', 'closed']))
export const rooms = sensor('rooms/+', { name: 'rooms', combine: 'max' })
export const tooHot = watch('too-hot', {
  sensor: heat, when: value => value > 70, for: '2m', clears: value => value < 60,
  on: 'edge', cooldown: '30m', flow: down, onClear: down,
})
export const drafty = watch('drafty', {
  sensors: { heat, door }, when: ({ heat, door }) => heat > 20 && door === 'open', flow: down,
})
`
const minute = 60_000

async function house(
  readings: readonly NewReading[] = [],
  use?: (kept: Awaited<ReturnType<typeof openTriggers>>) => Promise<unknown>,
) {
  const folder = await project({ 'flows/index.ts': flows })
  if (readings.length === 0) return folder
  const kept = await openTriggers({ config: configSchema.parse({}), folder, file: undefined })
  await kept.readings.add(readings)
  await use?.(kept)
  await kept.close()
  return folder
}

const heat = (at: number, value: number): NewReading => ({
  sensor: 'closet/temperature',
  topic: 'closet/temperature',
  at,
  value,
})

describe('reops sensors', () => {
  test('lists them before anything came, and makes no database', async () => {
    const folder = await house()
    const { status, stdout } = await call(folder, ['sensors'])
    expect(status).toBe(0)
    expect(stdout).toMatch(/closet\/temperature\s+unknown: nothing came yet/)
    await expect(readFile(path.join(folder, '.reops/reops.db'))).rejects.toThrow('ENOENT')
  })

  test('says what came last, how old it is and how it went, and what nobody can believe', async () => {
    const now = Date.now()
    const hours = Array.from({ length: 24 }, (_, hour) =>
      heat(now - (23 - hour) * 60 * minute - 1_000, 20 + hour),
    )
    const folder = await house([
      ...hours,
      { sensor: 'rooms', topic: 'rooms/a', at: now - 60 * minute, value: 30 },
      { sensor: 'rooms', topic: 'rooms/b', at: now, why: 'no number' },
    ])
    const { stdout } = await call(folder, ['sensors'])
    expect(stdout).toMatch(/closet\/temperature\s+43 °C\s+\d\.\d s\s+▁.*█/)
    expect(stdout).toMatch(/rooms rooms\/a\s+30, stale\s+1 h 0 min/)
    expect(stdout).toMatch(/rooms rooms\/b\s+unknown: no number/)
    const { sensors } = JSON.parse((await call(folder, ['sensors', '--json', '--since', '2h'])).stdout)
    expect(sensors[0]).toMatchObject({
      name: 'closet/temperature',
      known: true,
      value: 43,
      unit: '°C',
      kept: 24,
    })
    expect(sensors[0].line).toHaveLength(24)
    expect((await call(folder, ['sensors', '--since', 'ever'])).status).toBe(2)
  })

  test('finds what devices announce at a broker', { ...needs('mosquitto'), timeout: 30_000 }, async () => {
    const mosquitto = await startMosquitto()
    try {
      const client = await mosquitto.client()
      const announce = (topic: string, message: object | string) =>
        client.publishAsync(topic, typeof message === 'string' ? message : JSON.stringify(message), {
          retain: true,
          qos: 1,
        })
      await announce('homeassistant/sensor/a/t/config', {
        name: "closet's\n heat",
        stat_t: 'zigbee2mqtt/closet',
        val_tpl: '{{ value_json.temperature }}',
        unit_of_meas: '°C',
      })
      await announce('homeassistant/binary_sensor/fan/config', { name: 'fan', state_topic: 'stat/fan/POWER' })
      await announce('homeassistant/sensor/broken/config', '{')
      const folder = await project({
        'reops.config.ts': `export default { broker: { url: ${JSON.stringify(mosquitto.url)} } }`,
      })
      const { status, stdout } = await call(folder, ['sensors', '--discover'])
      expect(stdout.trim().split('\n')).toEqual([
        "export const closetSHeat = sensor('zigbee2mqtt/closet', { pick: 'temperature', unit: '°C' })",
        "export const fan = sensor('stat/fan/POWER', onOff())",
      ])
      expect(status).toBe(0)
    } finally {
      await mosquitto.close()
    }
  })
})

describe('reops explain', () => {
  test('says of a watch that nobody kept yet what it would do', async () => {
    const { stdout } = await call(await house(), ['explain', 'too-hot'])
    expect(stdout).toMatch(
      /It was never watched; reops up keeps watches\.\nNothing is known of closet\/temperature: nothing came yet/,
    )
  })

  test('says how long it has held, what is left and what was decided', async () => {
    const now = Date.now()
    const folder = await house([heat(now - 1_000, 75)], async ({ watches }) => {
      const steady = steadyClock(systemTime())
      await watches.saveClock(steady.saved())
      const at = steady.now()
      const state = newState(now, at - 90_000)
      await watches.save(
        'too-hot',
        { ...state, phase: 'pending', dwell: { held: 60_000, at: at - 2_000, until: at + minute } },
        { watch: 'too-hot', at: now - 90_000, code: 'waiting', value: 75 },
      )
    })
    const { stdout, status } = await call(folder, ['explain', 'too-hot'])
    expect(status).toBe(0)
    expect(stdout).toMatch(
      /^closet\/temperature is 75 °C, [12] s old\.\nIt has held for 1 min \d s of 2 min\. If it goes on, down is started at 20/,
    )
    expect(stdout).toMatch(/24 of 24 actions in 1 d are left\.\nIt never did anything\./)
    expect(stdout).toMatch(/waiting {3}75/)
    const { because } = JSON.parse((await call(folder, ['explain', 'tooHot', '--json'])).stdout)
    expect(because[0]).toMatch(/75 °C/)
  })

  test('suggests the watch that was meant', async () => {
    const { stderr, status } = await call(await house(), ['explain', 'too-hto'])
    expect(status).toBe(2)
    expect(stderr).toContain('did you mean too-hot?')
  })
})

describe('reops backtest', () => {
  const begin = Date.parse('2026-10-01T00:00:00Z')
  /** Hot for ten minutes in every hour of a day, and for one in every other half hour. */
  const day = Array.from({ length: 24 * 60 }, (_, at) => {
    const hot = at % 60 < 10 || at % 60 === 40
    return heat(begin + at * minute, hot ? 75 : 50)
  })

  test('says what a watch would have done with what is kept, and what that would have cost', async () => {
    const folder = await house(day)
    const words = ['backtest', 'too-hot', '--cost', '0.25', '--plot', 'hot.svg']
    const { stdout, status, stderr } = await call(folder, words)
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout).toMatch(/readings +1440\n/)
    expect(stdout).toMatch(/began to hold +48 times, 24 of them for less/)
    expect(stdout).toMatch(/fires +12, and 12 times back\n/)
    expect(stdout).toMatch(/cost +6\n/)
    const svg = await readFile(path.join(folder, 'hot.svg'), 'utf8')
    expect(svg).toMatch(/^<svg [^>]*>\n/)
    expect(svg.match(/<line [^>]*stroke="#c22"/g)).toHaveLength(12)
    const { fires, minutesHeld } = JSON.parse((await call(folder, ['backtest', 'too-hot', '--json'])).stdout)
    expect(fires[0]).toEqual({ at: '2026-10-01T00:02:00.000Z', kind: 'flow', value: 75 })
    expect(minutesHeld).toBe(24 * 11)
  })

  test('takes a part of the time', async () => {
    const folder = await house(day)
    const part = ['--from', '2026-10-01T02:00:00Z', '--to', '2026-10-01T03:00:00Z']
    const { readings, fires } = JSON.parse(
      (await call(folder, ['backtest', 'too-hot', ...part, '--json'])).stdout,
    )
    expect([readings, fires.length]).toEqual([60, 2])
  })

  test.each([
    [
      'a heading',
      ['time,closet/temperature,closet/door'],
      'drafty',
      ['0,25,open', '60,25,"open"', '120,25,', '900,25,closed'],
    ],
    ['no heading', [], 'too-hot', ['0,75', '60,75', '120,75', '180,50']],
  ])('reads a CSV with %s', async (_, heading, watch, rows) => {
    const folder = await house()
    const lines = rows.map(row =>
      row.replace(/^\d+/, seconds => new Date(begin + Number(seconds) * 1_000).toISOString()),
    )
    await writeFile(path.join(folder, 'year.csv'), [...heading, ...lines].join('\r\n'))
    const { stdout, stderr } = await call(folder, ['backtest', watch, '--csv', 'year.csv', '--json'])
    expect(stderr).toBe('')
    expect(JSON.parse(stdout).fires.length).toBe(1)
  })

  test.each([
    [['backtest', 'too-hot'], /nothing was read of closet\/temperature then/],
    [['backtest', 'too-hot', '--csv', 'none.csv'], /there is no such file/],
    [['backtest', 'too-hot', '--csv', 'flows/index.ts'], /the CSV has no column "closet\/temperature"/],
    [['backtest', 'too-hot', '--from', 'soon'], /--from is "soon"/],
    [['backtest', 'too-hot', '--cost', 'much'], /--cost is "much"/],
    [['backtest', 'too-hot', '--from', '1d', '--to', '2d'], /--from is not before --to/],
  ])('%j is refused in words', async (words, why) => {
    const { status, stderr } = await call(await house(), words)
    expect(stderr).toMatch(why)
    expect(status).toBe(2)
  })
})
