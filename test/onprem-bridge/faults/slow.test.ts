import { readFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { Dealer } from 'zeromq'
import type { BridgeStatus } from '../../../src/run/bridge/status.ts'
import type { Channel } from '../../../src/transports/zeromq/channel.ts'
import type { BridgeClient } from '../../../src/transports/zeromq/client/index.ts'
import type { KeyPair } from '../../../src/transports/zeromq/keys.ts'
import { dialSession } from '../../../src/transports/zeromq/session/dial.ts'
import { leaveOut } from '../../support/needs.ts'
import { type FaultLab, faultLab } from './lab.ts'
import type { Victim } from './processes.ts'
import { requestTo } from './requests.ts'

/**
 * What whoever reads nothing may cost: the 32 MiB that wait for it, and what is collected when the process sees fit. Less
 * than the half of a gigabyte that it is told.
 */
const mostBytes = 300 * 1024 * 1024
const linux = process.platform === 'linux' ? {} : leaveOut('needs Linux, which says what a process takes')

let lab: FaultLab
let bridge: Victim
let honest: BridgeClient

beforeAll(async () => {
  lab = await faultLab()
  bridge = await lab.start()
  await bridge.ready
  honest = await lab.join('honest')
})
afterAll(async () => {
  await lab.close()
  await bridge.kill()
})

/** Shakes hands, and from then on reads nothing. */
async function openSlow(keys: KeyPair): Promise<Channel> {
  const socket = new Dealer({
    linger: 0,
    receiveHighWaterMark: 1,
    curveServerKey: lab.bridgeKey,
    curvePublicKey: keys.publicKey,
    curveSecretKey: keys.secretKey,
  })
  let sending = Promise.resolve()
  let opened = false
  const channel = dialSession(
    {
      ...{ farKey: lab.bridgeKey, keys, purpose: 'jobs' },
      openWire(listener) {
        socket.events.on('handshake', () => listener.onConnected())
        const read = async () => {
          while (!opened) listener.onFrame((await socket.receive())[0]!)
        }
        void read()
        socket.connect(lab.at('jobs'))
        return {
          send(frame) {
            sending = sending.then(() => socket.send(frame)).catch(() => {})
            return true
          },
          close: async () => socket.close(),
        }
      },
    },
    {
      onPacket() {},
      onState({ at }) {
        opened ||= at === 'open'
      },
    },
  )
  onTestFinished(() => channel.close())
  await vi.waitFor(() => expect(channel.state.at).toBe('open'), { timeout: 10_000 })
  return channel
}

const memory = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${bridge.child.pid}/status`, 'utf8'))![1]) * 1024

const sessions = async () => (await bridge.ask<BridgeStatus>('status')).sessions.map(({ name }) => name)

let jobs = 0
const call = (id: string) => ({
  ...{ id, signal: new AbortController().signal },
  progress() {},
  heartbeat() {},
})

/** Works as whoever is honest until the bridge has dropped somebody; answers the most memory that it took meanwhile. */
async function workUntilDropped(name: string): Promise<number> {
  let most = 0
  await vi.waitFor(
    async () => {
      const id = `work ${jobs++}`
      const file = path.join(lab.folder, 'changed')
      expect(await honest.answer(requestTo('change', { id, file }), call(id))).toBe(`did ${id}`)
      most = Math.max(most, memory())
      expect(await sessions()).not.toContain(name)
    },
    { timeout: 40_000, interval: 10 },
  )
  return most
}

describe('whoever reads nothing', { ...linux, timeout: 60_000 }, () => {
  test('of floods of progress is dropped, costs no memory, and finds its answers when it comes back', async () => {
    const keys = await lab.key('deaf')
    const slow = await openSlow(keys)
    const before = memory()
    const request = requestTo('flood', { events: 15_000, bytes: 20_000 })
    const ids = Array.from({ length: 4 }, (_, n) => `flood ${n}`)
    for (const id of ids) slow.send({ body: { kind: 'submit', id, request } })
    expect((await workUntilDropped('deaf')) - before).toBeLessThan(mostBytes)
    await slow.close()

    const reader = lab.client(keys, lab.at('jobs'), lab.bridgeKey)
    const answers = await Promise.all(ids.map(id => reader.answer(request, call(id))))
    expect(answers).toEqual(ids.map(() => 'y'.repeat(20_000)))
    expect((await bridge.ask<BridgeStatus>('status')).jobs).toMatchObject({
      running: 0,
      failed: 0,
      unknown: 0,
    })
  })

  test('of large answers is dropped and costs no memory', async () => {
    const answer = await honest.answer(requestTo('flood', { events: 0, bytes: 2_000_000 }), call('large'))
    const { $spilled: key } = answer as { readonly $spilled: string }
    const slow = await openSlow(await lab.key('greedy'))
    const before = memory()
    for (let nonce = 0; nonce < 1_000; nonce++) slow.send({ body: { kind: 'get', nonce, key, offset: 0 } })
    expect((await workUntilDropped('greedy')) - before).toBeLessThan(mostBytes)
  })
})
