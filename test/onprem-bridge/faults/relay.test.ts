import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Bridge } from '../../../onprem-bridge/bridge.ts'
import { systemClock } from '../../../src/executor/index.ts'
import { openJobStoreOf } from '../../../src/run/open-jobs.ts'
import { type BridgeClient, openBridgeClient } from '../../../src/transports/zeromq/client/index.ts'
import { dial } from '../../../src/transports/zeromq/dial.ts'
import { decodeKey, type KeyPair, makeKeyPair } from '../../../src/transports/zeromq/keys.ts'
import { initiate } from '../../../src/transports/zeromq/noise/ik.ts'
import { pairOf } from '../../../src/transports/zeromq/noise/x25519.ts'
import { encodeFrame } from '../../../src/transports/zeromq/session/frame.ts'
import { greeting, prologueOf } from '../../../src/transports/zeromq/session/greeting.ts'
import { memoryStore } from '../../fakes/memory-store.ts'
import fc from '../../support/fast-check.ts'
import { type HostileRelay, type Mishap, mishaps, openHostileRelay } from './hostile-relay.ts'
import { type FaultLab, faultLab } from './lab.ts'
import { requestTo } from './requests.ts'

/** Rounds of mishaps; by hand, thousands. */
const runs = Number(process.env.REOPS_PROPERTY_RUNS ?? 12)
const timing = { beat: 100, silence: 2_000, firstRetry: 50, lastRetry: 500 }

const relayKeys = makeKeyPair()
let relay: HostileRelay
let lab: FaultLab
let bridge: Bridge
let clients: readonly BridgeClient[]
let file: string
let jobs = 0

beforeAll(async () => {
  relay = await openHostileRelay(relayKeys)
  lab = await faultLab({ bridge: { relay: { url: relay.back, key: relayKeys.publicKey } } })
  file = path.join(lab.folder, 'changed')
  bridge = await lab.open()
  const open = (keys: KeyPair) =>
    openBridgeClient({
      url: relay.front,
      clock: systemClock,
      store: memoryStore(),
      dial: listener =>
        dial(
          {
            ...{ url: relay.front, serverKey: relayKeys.publicKey, farKey: bridge.key, keys, timing },
            purpose: 'jobs',
          },
          listener,
        ),
    })
  clients = [open(await lab.key('laptop')), open(await lab.key('desk'))]
})
afterAll(async () => {
  for (const client of clients) await client.close()
  await bridge.end(0)
  await relay.close()
  await lab.close()
})

/** Has a change done, under a name that is nobody's business. */
async function change(client: BridgeClient): Promise<{ readonly id: string; readonly output: unknown }> {
  const id = `a secret of ${jobs++}`
  const output = await client.answer(requestTo('change', { id, file }), {
    ...{ id, signal: new AbortController().signal },
    progress() {},
    heartbeat() {},
  })
  return { id, output }
}

const done = () => readFileSync(file, 'utf8').trim().split('\n')

describe('a relay that is hostile', () => {
  test('delays whom it carries, and changes nothing of what they say', {
    timeout: 60_000 + runs * 10_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom<Mishap>(...mishaps), { maxLength: 40 }), async what => {
        relay.mishaps = [...what]
        const answers = await Promise.all([...clients, ...clients].map(change))
        for (const { id, output } of answers) expect(output).toBe(`did ${id}`)
      }),
      { numRuns: runs, endOnFailure: true },
    )
    // Once it carries what it is given, everybody is there, and stays.
    relay.mishaps = []
    for (const client of clients) expect((await change(client)).output).toMatch(/^did/)
    expect(done().toSorted()).toEqual(Array.from({ length: jobs }, (_, n) => `a secret of ${n}`).toSorted())
    const store = await openJobStoreOf(lab.loaded)
    expect(store.counts()).toMatchObject({ succeeded: jobs, failed: 0, unknown: 0, running: 0, queued: 0 })
    await store.close()
  })

  test('reads nothing', () => {
    const all = Buffer.concat(relay.seen.map(({ frame }) => frame))
    expect(all.length).toBeGreaterThan(1_000)
    for (const word of ['secret', 'change', 'submit', 'laptop', 'adhoc'])
      expect(all.includes(word)).toBe(false)
  })

  test('is nobody else: neither by what it heard nor by a handshake of its own', async () => {
    for (const client of clients) await change(client)
    const { sessions, jobs: before } = bridge.status()
    const names = new Set(sessions.map(({ name }) => name))
    expect(names).toEqual(new Set(['desk', 'laptop']))
    const stranger = Buffer.from('stranger')
    const heard = relay.seen.length
    // Everything that anybody ever said to the bridge, once more, from an address of its own.
    for (const { frame } of relay.seen.filter(({ to }) => to === 'bridge'))
      relay.send({ to: 'bridge', address: stranger, frame })
    for (const prologue of [prologueOf('jobs'), prologueOf('agents')]) {
      const own = pairOf(decodeKey(relayKeys.secretKey))
      const hello = initiate({ own, prologue }, decodeKey(bridge.key), Buffer.from(JSON.stringify(greeting)))
      relay.send({ to: 'bridge', address: stranger, frame: encodeFrame('hello', hello.message) })
    }
    for (const client of clients) await change(client)
    await vi.waitFor(() =>
      expect(relay.seen.slice(heard).some(({ address }) => address.equals(stranger))).toBe(true),
    )
    const now = bridge.status().sessions
    expect(new Set(now.map(({ name }) => name))).toEqual(names)
    // Fewer, where the bridge has noticed meanwhile that an earlier one is dead.
    expect(now.length).toBeLessThanOrEqual(sessions.length)
    expect(bridge.status().jobs).toEqual({ ...before, succeeded: before.succeeded! + clients.length })
  })
})
