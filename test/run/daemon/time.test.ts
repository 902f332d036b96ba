import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { startMosquitto } from '../../lab/mosquitto.ts'
import { needs } from '../../support/needs.ts'
import { soon } from './closet.ts'
import { daemonOnVirtualTime } from './virtual.ts'

const minute = 60_000
const hour = 60 * minute

const flows = `
import { every, flow, pretty, schedule, sensor, watch } from 're-ops'
import * as z from 'zod'
export const report = flow({ input: z.looseObject({}), steps: pretty() })
export const timed = flow({ input: z.looseObject({}), steps: pretty() })
export const heat = sensor('closet/temperature', { maxAge: '5m' })
`
const hot = (guard: string) => `
export const hot = watch('hot', {
  sensor: heat, when: celsius => celsius > 70, flow: report, input: celsius => ({ celsius }), ${guard}
})
`

async function heard(guard: string, more = '') {
  const broker = await startMosquitto()
  onTestFinished(() => broker.close())
  const here = await daemonOnVirtualTime(`${flows}\n${hot(guard)}\n${more}`, {
    config: { broker: { url: broker.url } },
  })
  const { daemon, pass } = here
  const connected = (is: boolean) =>
    vi.waitFor(async () => {
      // Its tries come by its own time.
      await pass(minute)
      expect(daemon.status().sensors).toMatchObject({ connected: is })
    }, soon)
  await vi.waitFor(() => expect(daemon.status().sensors).toMatchObject({ connected: true }), soon)
  /** Lets the sensor speak until it is heard, however long subscribing takes. */
  const says = async (value: number) => {
    const client = await broker.client()
    await vi.waitFor(async () => {
      const before = daemon.status().sensors!.messages!.received!
      await client.publishAsync('closet/temperature', String(value), { qos: 1 })
      await vi.waitFor(() => expect(daemon.status().sensors!.messages!.received).toBeGreaterThan(before), {
        timeout: 300,
        interval: 5,
      })
    }, soon)
    await client.endAsync()
    // What is heard is looked at 20 ms later at the latest.
    await vi.waitFor(
      () => expect(JSON.stringify(daemon.status().watches)).toContain(`"value":${value},`),
      soon,
    )
  }
  return { ...here, broker, connected, says }
}

describe('a daemon', { ...needs('mosquitto'), timeout: 60_000 }, () => {
  test('whose broker is gone for hours does nothing, says so once, and hears it again', async () => {
    const { broker, connected, says, pass, daemon, said, names } = await heard(`for: '1m', on: 'edge'`)
    await says(60)
    await broker.stop()
    await connected(false)
    await pass(3 * hour, minute)
    const ofBroker = () => said.filter(line => line.includes('broker'))
    // That it went, and that nobody is there: each once in hundreds of tries.
    expect(ofBroker().length).toBeLessThanOrEqual(2)
    for (const line of ofBroker()) expect(line).toContain("can't be used")
    expect(daemon.status().troubles).toEqual([
      expect.stringContaining('watch hot has known nothing for 2 h'),
      expect.stringContaining('is not connected'),
    ])
    // What was said last is too old by now.
    expect(daemon.status().watches).toMatchObject([{ phase: 'calm', said: 'unknown' }])
    expect(JSON.stringify(daemon.status().watches)).toMatch(/believed for 5 min/)
    expect(await names('report')).toEqual([])
    await broker.start()
    await connected(true)
    expect(ofBroker().at(-1)).toContain('is there again')
    await says(71)
    await pass(minute)
    await vi.waitFor(() => expect(daemon.status().executor).toMatchObject({ succeeded: 1, count: 0 }), soon)
    expect(daemon.status().troubles).toEqual([])
  })

  test.each([
    ['forward', 1],
    ['back', -1],
  ])(
    'whose clock is set %s by an hour measures dwells as before, and fires schedules once',
    async (_, way) => {
      const tick = `export const tick = schedule(timed, every.minutes(10))`
      const { says, pass, set, names, said, daemon } = await heard(`for: '4m', on: 'edge'`, tick)
      await says(75)
      await pass(3 * minute)
      set(way * hour)
      await pass(30_000)
      // An hour by the wall, and not a minute by what counts.
      expect(await names('report')).toEqual([])
      await pass(minute)
      await vi.waitFor(async () => expect(await names('report')).toHaveLength(1), soon)
      const before = await names('timed')
      expect(before.length).toBeLessThanOrEqual(1)
      await pass(31 * minute)
      await vi.waitFor(
        async () => expect((await names('timed')).length).toBeGreaterThanOrEqual(before.length + 3),
        soon,
      )
      const all = await names('timed')
      expect(new Set(all).size).toBe(all.length)
      expect(all.length).toBeLessThanOrEqual(before.length + 4)
      expect(said.some(line => /schedule tick: \d+ times were missed/.test(line))).toBe(way > 0)
      // Its sensor was silent for half an hour, by what counts.
      expect(daemon.status().troubles).toEqual([
        expect.stringMatching(/^watch hot has known nothing for (?:2\d|3\d) min/),
      ])
      expect(await names('report')).toHaveLength(1)
    },
  )
})

test.each([
  ['spring, when there is no half past two', '2027-03-28T00:50:00Z', [], '2027-03-29T00:30:00.000Z'],
  [
    'autumn, when it is half past two twice',
    '2026-10-25T00:20:00Z',
    ['20261025T003000Z'],
    '2026-10-26T01:30:00.000Z',
  ],
])('a daemon keeps the times of clocks in %s', async (_, start, fired, next) => {
  const { pass, names, daemon } = await daemonOnVirtualTime(
    `${flows}\nexport const nightly = schedule(timed, every.day('02:30', 'Europe/Berlin'))`,
    { start: Date.parse(start) },
  )
  await pass(1.5 * hour, minute)
  await vi.waitFor(async () => expect(await names('timed')).toEqual(fired.map(at => `nightly-${at}`)), soon)
  expect(daemon.status().schedules).toMatchObject([{ name: 'nightly', next }])
})
