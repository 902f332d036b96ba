import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { MqttClient } from 'mqtt'
import { afterEach, describe, expect, test, vi } from 'vitest'
import * as z from 'zod'
import { brokerSchema } from '../../../src/core/broker.ts'
import type { Json } from '../../../src/core/json.ts'
import { type Sensor, sensor } from '../../../src/core/sensor.ts'
import { systemClock } from '../../../src/executor/index.ts'
import { type BrokerSecrets, createMqttSensors } from '../../../src/triggers/mqtt/index.ts'
import { createBoard } from '../../../src/triggers/watch/board.ts'
import { steadyClock, systemTime } from '../../../src/triggers/watch/steady.ts'
import { type Mosquitto, type MosquittoOptions, startMosquitto } from '../../lab/mosquitto.ts'
import { needs } from '../../support/needs.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function broker(options?: MosquittoOptions): Promise<Mosquitto> {
  const mosquitto = await startMosquitto(options)
  closing.push(() => mosquitto.close())
  return mosquitto
}

interface Said {
  readonly settings?: Record<string, unknown>
  readonly secrets?: BrokerSecrets
}

/** Listens, and waits until it is connected unless it is not to be. */
async function listen(url: string, sensors: readonly Sensor[], said: Said = {}, connects = true) {
  const board = createBoard()
  const steady = steadyClock(systemTime())
  const notices: string[] = []
  const mqtt = createMqttSensors({
    settings: brokerSchema.parse({ url, connectTimeout: 3, ...said.settings }),
    secrets: said.secrets ?? {},
    sensors,
    board,
    steady,
    clock: systemClock,
    notice: text => void notices.push(text),
    // No test waits longer for the next try than it has to.
    random: () => 0,
  })
  closing.push(() => mqtt.close())
  await mqtt.start()
  const known = (one: Sensor): Json | undefined => {
    const reading = board.current(one, steady.now())
    return reading.known ? reading.value : `? ${reading.reason}`
  }
  const connected = () => vi.waitFor(() => expect(mqtt.status().connected).toBe(true), soon)
  if (connects) await connected()
  return { mqtt, board, notices, known, connected, steady }
}

const soon = { timeout: 15_000, interval: 10 }
const says = (client: MqttClient, topic: string, payload: string | Buffer, options = {}) =>
  client.publishAsync(topic, payload, { qos: 1, ...options })

/** Whoever has heard this has heard what was said before. */
const marker = sensor('marker', z.string())
async function heard(client: MqttClient, known: (one: Sensor) => unknown) {
  const word = `m${Math.random()}`
  // A subscription may be under way still.
  await vi.waitFor(async () => {
    await says(client, 'marker', word)
    expect(known(marker)).toBe(word)
  }, soon)
}

describe('sensors at a broker', { ...needs('mosquitto'), timeout: 30_000 }, () => {
  const heat = sensor('closet/temperature', { maxAge: '5m' })
  const rooms = sensor('rooms/+/temperature', { combine: 'max' })
  const everything = sensor('deep/#', z.string(), { combine: 'latest' })
  const all = [heat, rooms, everything, marker] as const

  test.each([
    ['MQTT 5', 5],
    ['MQTT 3.1.1', 4],
  ] as const)('are listened to by %s, wildcards included', async (_, protocolVersion) => {
    const mosquitto = await broker()
    const { known, mqtt } = await listen(mosquitto.url, all, { settings: { protocolVersion } })
    const client = await mosquitto.client({ protocolVersion: protocolVersion as 4 | 5 })
    await heard(client, known)
    expect(known(heat)).toBe('? absent')
    await says(client, 'closet/temperature', '71.5')
    await says(client, 'rooms/a/temperature', '20')
    await says(client, 'rooms/b/temperature', '31')
    await says(client, 'rooms/c/humidity', '99')
    await says(client, 'deep/er/and/deeper', '"down"')
    await heard(client, known)
    expect(all.slice(0, 3).map(known)).toEqual([71.5, 31, 'down'])
    expect(mqtt.status()).toMatchObject({ connected: true, connections: 1, refused: [] })
  })

  test('are unknown after a message that does not fit', async () => {
    const mosquitto = await broker()
    const { known, board, steady } = await listen(mosquitto.url, all)
    const client = await mosquitto.client()
    await heard(client, known)
    for (const payload of ['hot', '', 'null', '{"temperature":71}', Buffer.from([0xff]), '1e999']) {
      await says(client, 'closet/temperature', '70')
      await heard(client, known)
      expect(known(heat)).toBe(70)
      await says(client, 'closet/temperature', payload)
      await heard(client, known)
      expect(board.current(heat, steady.now())).toMatchObject({
        known: false,
        why: expect.stringMatching(/\w/),
      })
    }
  })

  test('do not believe what a broker kept, unless they are told to or it says of when it is', async () => {
    const mosquitto = await broker()
    const client = await mosquitto.client()
    const trusted = sensor('closet/temperature', { name: 'trusted', retained: 'trusted' })
    const dated = sensor('dated', z.number(), { pick: 'value', time: 'at', maxAge: '1h' })
    await says(client, 'closet/temperature', '71', { retain: true })
    const payload = { value: 5, at: new Date(Date.now() - 60_000).toISOString() }
    await says(client, 'dated', JSON.stringify(payload), { retain: true })
    const { known } = await listen(mosquitto.url, [heat, trusted, dated, marker])
    await heard(client, known)
    expect([heat, trusted, dated].map(known)).toEqual(['? ageless', 71, 5])
    // What is said while we listen is new, whether the broker keeps it or not.
    await says(client, 'closet/temperature', '72', { retain: true })
    await heard(client, known)
    expect(known(heat)).toBe(72)
    const old = { value: 6, at: new Date(Date.now() - 7_200_000).toISOString() }
    await says(client, 'dated', JSON.stringify(old))
    await heard(client, known)
    expect(known(dated)).toBe(5)
  })

  test('come back with their broker, which tells nobody twice, and are believed meanwhile', async () => {
    const mosquitto = await broker()
    const { known, notices, connected, mqtt } = await listen(mosquitto.url, all)
    await heard(await mosquitto.client(), known)
    await says(await mosquitto.client(), 'closet/temperature', '71')
    await vi.waitFor(() => expect(known(heat)).toBe(71), soon)
    await mosquitto.stop('SIGKILL')
    // It is tried again, and refused, more than once.
    await vi.waitFor(() => expect(mqtt.status().problem).toMatch(/ECONNREFUSED/), soon)
    expect(mqtt.status().connected).toBe(false)
    expect(known(heat)).toBe(71)
    await mosquitto.start()
    await connected()
    const client = await mosquitto.client()
    await says(client, 'closet/temperature', '75')
    await heard(client, known)
    await says(client, 'closet/temperature', '76')
    await vi.waitFor(() => expect(known(heat)).toBe(76), soon)
    expect(notices.filter(text => text.includes('there again'))).toHaveLength(1)
    expect(new Set(notices).size).toBe(notices.length)
  })

  test('may be declared before there is a broker', async () => {
    const mosquitto = await broker()
    await mosquitto.stop()
    const { mqtt, connected, known } = await listen(mosquitto.url, all, {}, false)
    await vi.waitFor(() => expect(mqtt.status().problem).toMatch(/ECONNREFUSED/), soon)
    await mosquitto.start()
    await connected()
    await heard(await mosquitto.client(), known)
  })

  test('a flood of one topic is counted, and its last value wins', async () => {
    const mosquitto = await broker({ lines: ['max_inflight_messages 0', 'max_queued_messages 0'] })
    const { known, mqtt } = await listen(mosquitto.url, all)
    const client = await mosquitto.client()
    await heard(client, known)
    const before = mqtt.status().messages
    const many = 20_000
    for (let count = 1; count <= many; count++) client.publish('closet/temperature', String(count))
    await vi.waitFor(() => expect(known(heat)).toBe(many), soon)
    const { received, overtaken, dropped } = mqtt.status().messages
    expect(received - before.received).toBeGreaterThanOrEqual(many)
    expect(overtaken).toBeGreaterThan(many / 2)
    expect(dropped).toBe(0)
  })
})

describe('a broker that asks who we are', { ...needs('mosquitto', 'openssl'), timeout: 30_000 }, () => {
  const heat = sensor('closet/temperature')
  const users = { sensors: 'secret', closet: 'other' }

  test('is told by name and password over TLS', async () => {
    const mosquitto = await broker({ users, tls: true })
    const { known } = await listen(mosquitto.url, [heat, marker], {
      settings: { username: 'sensors' },
      secrets: { password: 'secret', ca: mosquitto.ca },
    })
    await heard(await mosquitto.client({ username: 'closet', password: 'other' }), known)
  })

  test.each([4, 5] as const)('refuses a wrong password in words that help (MQTT %s)', async version => {
    const mosquitto = await broker({ users })
    const { mqtt, notices } = await listen(
      mosquitto.url,
      [heat],
      { settings: { username: 'sensors', protocolVersion: version }, secrets: { password: 'wrong' } },
      false,
    )
    await vi.waitFor(() => expect(mqtt.status().problem).toMatch(/see broker\.username/), soon)
    expect(mqtt.status()).toMatchObject({ connected: false, connections: 0 })
    expect(notices.join()).not.toContain('wrong')
    expect(notices).toHaveLength(1)
  })

  test('is not believed without a certificate that we trust', async () => {
    const mosquitto = await broker({ tls: true })
    const { mqtt } = await listen(mosquitto.url, [heat], {}, false)
    await vi.waitFor(() => expect(mqtt.status().problem).toMatch(/name who signed it in broker\.ca/), soon)
    expect(mqtt.status().connections).toBe(0)
  })

  test('is asked in vain with a certificate that is none, which is told and not thrown', async () => {
    const mosquitto = await broker({ tls: true })
    const { mqtt } = await listen(mosquitto.url, [heat], { secrets: { ca: 'no certificate' } }, false)
    await vi.waitFor(() => expect(mqtt.status().problem).toMatch(/\w/), soon)
    expect(mqtt.status().connections).toBe(0)
  })

  test('says which topics it keeps from us', async () => {
    const url = await refusingBroker()
    const { mqtt, notices } = await listen(url, [heat, sensor('vault/gold')], {
      settings: { protocolVersion: 4 },
    })
    await vi.waitFor(() => expect(mqtt.status().refused).toEqual(['vault/gold']), soon)
    expect(notices).toEqual([expect.stringContaining('refuses to tell vault/gold')])
  })
})

/** Speaks as much MQTT 3.1.1 as a refusal needs: it lets everybody in, and tells of the first topic and no other. */
async function refusingBroker(): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', packet => {
      const kind = packet[0]! >> 4
      if (kind === 1) socket.write(Buffer.from([0x20, 2, 0, 0]))
      if (kind === 8) socket.write(Buffer.from([0x90, 4, packet[2]!, packet[3]!, 1, 0x80]))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  return `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`
}
