import path from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { openDatabase, openWatchStore } from '../../../src/state/sqlite/index.ts'
import { startMosquitto } from '../../lab/mosquitto.ts'
import { needs } from '../../support/needs.ts'
import { parseExposition } from '../metrics/parse.ts'
import { closet, soon } from './closet.ts'
import { daemonHere, quiet } from './here.ts'

const flows = `
import { flow, pretty, sensor, watch } from 're-ops'
import * as z from 'zod'
export const report = flow({ input: z.looseObject({}), steps: pretty() })
export const heat = sensor('closet/temperature', { maxAge: '5m' })
export const rooms = sensor('rooms/#', { combine: 'max', maxAge: '5m' })
export const words = sensor('words', z.string())
export const hot = watch('hot', { sensor: heat, when: celsius => celsius > 70, flow: report, input: celsius => ({ celsius }), on: 'edge' })
`

async function startBroker() {
  const broker = await startMosquitto({ lines: ['max_queued_messages 0'] })
  onTestFinished(() => broker.close())
  return broker
}

describe('a daemon that hears sensors', { ...needs('mosquitto'), timeout: 60_000 }, () => {
  test('tells Prometheus what they say, whatever their topics are called', async () => {
    const broker = await startBroker()
    const { daemon } = await daemonHere(flows, {
      broker: { url: broker.url },
      daemon: { ...quiet, metrics: '127.0.0.1:0' },
    })
    const client = await broker.client()
    const odd = 'rooms/a"b\\c/x y'
    const scrape = async () => {
      const response = await fetch(`http://${daemon.status().metrics!.at}/metrics`)
      expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
      return parseExposition(await response.text())
    }
    await vi.waitFor(async () => {
      await client.publishAsync('closet/temperature', '71.5', { qos: 1 })
      await client.publishAsync(odd, '-20', { qos: 1 })
      await client.publishAsync('rooms/b', '1e300', { qos: 1 })
      await client.publishAsync('rooms/c', '"hot"', { qos: 1 })
      await client.publishAsync('words', '"hello"', { qos: 1 })
      const { samples } = await scrape()
      const readings = samples.filter(({ name }) => name === 'reops_sensor')
      expect(readings.map(({ labels, value }) => [labels.sensor, labels.topic, value]).sort()).toEqual([
        ['closet/temperature', 'closet/temperature', 71.5],
        ['rooms/#', odd, -20],
        ['rooms/#', 'rooms/b', 1e300],
      ])
      const of = (name: string, labels: object = {}) =>
        samples.find(
          one => one.name === name && Object.entries(labels).every(([k, v]) => one.labels[k] === v),
        )?.value
      expect(of('reops_broker_connected')).toBe(1)
      expect(of('reops_watch_active', { watch: 'hot' })).toBe(1)
      expect(of('reops_executions_ended_total', { status: 'succeeded' })).toBe(1)
      expect(of('reops_sensor_messages_total', { what: 'received' })).toBeGreaterThanOrEqual(5)
      expect(of('reops_sensor_messages_total', { what: 'dropped' })).toBe(0)
      expect(of('reops_troubles')).toBe(0)
    }, soon)
    const { types } = await scrape()
    expect(types.get('reops_sensor_messages_total')).toBe('counter')
    await broker.stop()
    await vi.waitFor(async () => {
      const { samples } = await scrape()
      expect(samples.find(({ name }) => name === 'reops_broker_connected')?.value).toBe(0)
      // What was said last is believed as long as its sensor says.
      expect(samples.filter(({ name }) => name === 'reops_sensor')).toHaveLength(3)
    }, soon)
    const health = await fetch(`http://${daemon.status().metrics!.at}/healthz`)
    expect([health.status, await health.text()]).toEqual([503, expect.stringContaining('is not connected')])
  })

  test('looks at the last of a flood, counts the others, and keeps no more of it', async () => {
    const broker = await startBroker()
    const { daemon, executions } = await daemonHere(flows, { broker: { url: broker.url }, daemon: quiet })
    const client = await broker.client()
    const counted = () => daemon.status().sensors!.messages!
    await vi.waitFor(async () => {
      await client.publishAsync('closet/temperature', '20', { qos: 1 })
      expect(counted().received).toBeGreaterThan(0)
    }, soon)
    const before = counted().received!
    const many = 10_000
    for (let sent = 0; sent < many; sent++) client.publish('closet/temperature', String(sent % 60))
    await client.publishAsync('closet/temperature', '80', { qos: 1 })
    await vi.waitFor(() => expect(counted().received! - before).toBe(many + 1), soon)
    await vi.waitFor(() => expect(daemon.status().executor).toMatchObject({ succeeded: 1, count: 0 }), soon)
    expect(counted().overtaken).toBeGreaterThan(many / 2)
    expect(counted().dropped).toBe(0)
    expect(await executions('report')).toMatchObject([{ input: { celsius: 80 } }])
    expect(daemon.status().watches).toMatchObject([{ value: 80 }])
  })
})

test('reops up --json says each line as JSON', { timeout: 30_000 }, async () => {
  const { up, folder } = await closet(`export const party = schedule(marking, every.hours(1))`)
  const daemon = await up('--json')
  expect(await daemon.end('SIGTERM')).toBe(0)
  const lines = daemon.said().trimEnd().split('\n')
  const said = lines.map(line => JSON.parse(line) as { at: string; text: string })
  for (const { at, ...rest } of said) {
    expect(new Date(at).toISOString()).toBe(at)
    expect(Object.keys(rest)).toEqual(['text'])
  }
  expect(said.map(({ text }) => text)).toEqual([
    'schedules: 1, watches: 0',
    expect.stringMatching(/^party fires at 20/),
    expect.stringMatching(/^metrics and health at http:\/\/127\.0\.0\.1:\d+\/metrics/),
    `the daemon of ${path.join(folder, '.reops')} is up, as process ${daemon.pid}`,
    'stopping; again ends at once',
    expect.stringContaining('draining'),
    'down',
  ])
})

test('a daemon that is killed at any moment after a message does once what it decided', {
  ...needs('mosquitto'),
  timeout: 60_000,
}, async () => {
  const broker = await startBroker()
  const { up, marks, status, folder } = await closet(
    `export const heat = sensor('heat', { maxAge: '1h' })
     export const hot = watch('hot', { sensor: heat, when: n => n > 70, clears: n => n < 50, on: 'edge', flow: marking, input: n => ({ n }), budget: { actions: 1000, per: '1h' } })`,
    { broker: { url: broker.url } },
  )
  const client = await broker.client()
  const says = async (value: number) => {
    await vi.waitFor(async () => {
      await client.publishAsync('heat', String(value), { qos: 1 })
      expect(JSON.stringify((await status())?.watches)).toContain(`heat is ${value},`)
    }, soon)
  }
  const rounds = 4
  for (let round = 1; round <= rounds; round++) {
    const daemon = await up()
    await vi.waitFor(async () => expect((await status())?.sensors?.connected).toBe(true), soon)
    await says(20)
    client.publish('heat', String(70 + round))
    // From before it is heard until after its flow has ended.
    await new Promise(resolve => setTimeout(resolve, 8 * round))
    await daemon.end('SIGKILL')
  }
  const last = await up()
  const database = openDatabase(path.join(folder, '.reops/reops.db'))
  onTestFinished(() => database.close())
  const decided = () => openWatchStore(database).decisions({ acted: true })
  await vi.waitFor(async () => {
    expect(decided().map(({ action }) => action?.carried)).toEqual(decided().map(() => 'started'))
    expect((await status())?.executor.count).toBe(0)
    expect(await marks()).toHaveLength(decided().length)
  }, soon)
  const each = new Set((await marks()).map(mark => JSON.stringify(mark)))
  expect(each.size).toBe(decided().length)
  expect(await last.end('SIGTERM')).toBe(0)
})
