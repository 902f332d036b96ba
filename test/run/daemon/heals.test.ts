import { type AddressInfo, createServer } from 'node:net'
import path from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { askDaemon } from '../../../src/run/daemon/ask.ts'
import type { BridgePart } from '../../../src/run/root.ts'
import { startMosquitto } from '../../lab/mosquitto.ts'
import { needs } from '../../support/needs.ts'
import { soon } from './closet.ts'
import { daemonHere, quiet } from './here.ts'

const flows = `
import { flow, pretty, sensor, watch, webhook } from 're-ops'
import * as z from 'zod'
export const report = flow({ input: z.strictObject({ celsius: z.number() }), steps: pretty() })
`
const watched = `
export const heat = sensor('closet/temperature')
export const hot = watch('hot', { sensor: heat, when: celsius => celsius > 70, flow: report, input: celsius => ({ celsius }) })
`

const daemonOf = (declarations: string, config: object, more: Parameters<typeof daemonHere>[2] = {}) =>
  daemonHere(`${flows}\n${declarations}`, config, more)

describe('a daemon whose servers are down', { timeout: 30_000 }, () => {
  test('waits for the broker, and acts by what is measured then', needs('mosquitto'), async () => {
    const broker = await startMosquitto()
    onTestFinished(() => broker.close())
    await broker.stop()
    const { daemon, said } = await daemonOf(watched, { broker: { url: broker.url }, daemon: quiet })
    await vi.waitFor(
      () => expect(daemon.status().troubles).toEqual([expect.stringContaining('is not connected')]),
      soon,
    )
    await broker.start()
    await vi.waitFor(() => expect(daemon.status().troubles).toEqual([]), soon)
    const client = await broker.client()
    await vi.waitFor(async () => {
      await client.publishAsync('closet/temperature', '71', { qos: 1 })
      expect(daemon.status().executor.succeeded).toBe(1)
    }, soon)
    expect(said.join('\n')).toMatch(/"?celsius"?:? +71/)
    expect(daemon.status().watches).toMatchObject([{ name: 'hot', last: { carried: 'started' } }])
  })

  test('waits for a port that is taken', async () => {
    const taken = createServer()
    await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as AddressInfo
    const { daemon, said } = await daemonOf('', { daemon: { ...quiet, metrics: `127.0.0.1:${port}` } })
    expect(daemon.status().troubles).toEqual([
      expect.stringMatching(/^metrics can't be opened: .*EADDRINUSE/),
    ])
    expect(daemon.status().metrics).toMatchObject({ up: false })
    await new Promise(resolve => taken.close(resolve))
    await vi.waitFor(() => expect(daemon.status().metrics).toMatchObject({ up: true }), soon)
    expect(said.filter(text => text.startsWith('metrics'))).toEqual([
      expect.stringContaining('it is tried again'),
      'metrics is there now',
    ])
  })

  test('opens the bridge that it is handed until it can be, and ends it with itself', async () => {
    let tries = 0
    const ends: number[] = []
    const bridge = {
      status: () => ({ troubles: ['a key is gone'] }),
      drain: async () => {},
      end: async (ms: number) => void ends.push(ms),
    }
    const openBridge = async () => {
      if (++tries === 1) throw new Error('its port is taken')
      return bridge as unknown as BridgePart
    }
    const { daemon, end } = await daemonOf(
      '',
      { daemon: { ...quiet, bridge: true } },
      { bridge: async () => ({ openBridge }) },
    )
    expect(daemon.status().troubles).toEqual(["the bridge can't be opened: its port is taken"])
    await vi.waitFor(() => expect(daemon.status().troubles).toEqual(['bridge: a key is gone']), soon)
    await end()
    expect(ends).toEqual([0])
  })

  test('says that sensors are not heard where no broker is configured', async () => {
    const { daemon } = await daemonOf(watched, { daemon: quiet })
    expect(daemon.status().troubles).toEqual([expect.stringContaining('names no broker')])
  })
})

describe('a daemon that can not be', () => {
  test.each([
    [
      'where a secret is not there',
      `export const hook = webhook('a', report, { bearer: { file: 'none' } })`,
      /none/,
    ],
    [
      'where a webhook starts a flow that is not exported',
      `export const hook = webhook('a', flow({ input: z.strictObject({}), steps: pretty() }), { bearer: { file: 'x' } })`,
      /is not exported/,
    ],
    ['where flows throw', 'throw new Error("no flows today")', /no flows today/],
  ])('is none, %s, and leaves nothing behind', async (_what, declarations, message) => {
    const config = { daemon: { ...quiet, webhooks: '127.0.0.1:0' } }
    await expect(daemonOf(declarations, config)).rejects.toThrow(
      expect.objectContaining({ name: 'InvalidConfig', message: expect.stringMatching(message) }),
    )
  })
})

test('a state folder that lies deep is no hindrance to asking', async () => {
  const deep = path.join(...Array.from({ length: 12 }, () => 'a-folder-in-a-folder'))
  const { loaded, daemon } = await daemonOf('', { state: deep, daemon: quiet })
  expect((await askDaemon(loaded))?.status.pid).toBe(daemon.status().pid)
})

test('a webhook starts a flow, once for a delivery, and refuses who has not the word', async () => {
  const declared = `export const bell = webhook('bell', report, { bearer: { file: 'word' } })`
  const { daemon, said } = await daemonOf(declared, { daemon: { ...quiet, webhooks: '127.0.0.1:0' } })
  const post = (authorization: string) =>
    fetch(`http://${daemon.status().webhooks!.at}/hooks/bell`, {
      method: 'POST',
      body: JSON.stringify({ celsius: 71 }),
      headers: { authorization, 'webhook-id': 'one' },
    })
  expect((await post('Bearer wrong')).status).toBe(401)
  const answers = await Promise.all([post('Bearer a-word'), post('Bearer a-word'), post('Bearer a-word')])
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 202])
  await vi.waitFor(() => expect(daemon.status().executor.succeeded).toBeGreaterThan(0), soon)
  expect((await post('Bearer a-word')).status).toBe(202)
  expect(said.filter(text => text.includes('71'))).toHaveLength(1)
})

test('what ended before a daemon began is not counted by it, however often it is told of it', async () => {
  const declared = `export const bell = webhook('bell', report, { bearer: { file: 'word' } })`
  const { daemon, post, again } = await daemonOf(declared, {
    daemon: { ...quiet, webhooks: '127.0.0.1:0' },
  })
  await post('bell', 'one', { celsius: 71 })
  await vi.waitFor(() => expect(daemon.status().executor).toMatchObject({ succeeded: 1, count: 0 }), soon)
  await post('bell', 'one', { celsius: 71 })
  await post('bell', 'two', { celsius: 72 })
  await vi.waitFor(() => expect(daemon.status().executor).toMatchObject({ succeeded: 2, count: 0 }), soon)
  const next = await again()
  const at = `http://${next.status().webhooks!.at}/hooks/bell`
  const tell = (id: string) =>
    fetch(at, {
      ...{ method: 'POST', body: '{"celsius":71}' },
      headers: { authorization: 'Bearer a-word', 'webhook-id': id },
    })
  expect((await tell('one')).status).toBe(202)
  expect((await tell('three')).status).toBe(202)
  await vi.waitFor(
    () => expect(next.status().executor).toMatchObject({ succeeded: 1, failed: 0, count: 0 }),
    soon,
  )
})
