import { readdirSync } from 'node:fs'
import type { Socket } from 'node:net'
import path from 'node:path'
import process from 'node:process'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { BridgeStatus } from '../../../src/run/bridge/status.ts'
import type { BridgeClient } from '../../../src/transports/zeromq/client/index.ts'
import fc from '../../support/fast-check.ts'
import { leaveOut } from '../../support/needs.ts'
import { type FaultLab, faultLab } from './lab.ts'
import type { Victim } from './processes.ts'
import { requestTo } from './requests.ts'
import { greetingOf, openRaw, rudeWords } from './rude.ts'

/** Conversations; by hand, thousands. */
const runs = Number(process.env.REOPS_PROPERTY_RUNS ?? 150)
/** Connections that are left half open, by the hundred. */
const half = 400

let lab: FaultLab
let bridge: Victim
let client: BridgeClient
let jobs = 0

beforeAll(async () => {
  lab = await faultLab()
  bridge = await lab.start()
  await bridge.ready
  client = await lab.join('honest')
})
afterAll(async () => {
  await lab.close()
  await bridge.kill()
})

/** Has a change done by whoever is honest. */
async function work(by = client, at = lab): Promise<unknown> {
  const id = `job ${jobs++}`
  return by.answer(requestTo('change', { id, file: path.join(at.folder, 'changed') }), {
    ...{ id, signal: new AbortController().signal },
    progress() {},
    heartbeat() {},
  })
}

describe('whoever speaks ZeroMQ wrongly', () => {
  test('says nothing to the bridge, and keeps nobody from it', { timeout: 60_000 + runs * 100 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('jobs' as const, 'agents' as const),
        rudeWords,
        fc.boolean(),
        async (where, words, waits) => {
          const { socket, closed } = openRaw(lab.at(where))
          for (const word of words) await new Promise<void>(resolve => socket.write(word, () => resolve()))
          if (waits) await Promise.race([closed, work()])
          socket.destroy()
        },
      ),
      { numRuns: runs },
    )
    expect(await work()).toMatch(/^did/)
    const { sessions, agents } = await bridge.ask<BridgeStatus>('status')
    expect(sessions.map(({ name }) => name)).toEqual(['honest'])
    expect(agents).toEqual([])
  })

  test.concurrent(`and stays, by the hundred, is sent away, and others go on meanwhile`, {
    timeout: 60_000,
  }, async () => {
    const greeting = greetingOf('CURVE')
    const sockets = Array.from({ length: half }, (_, n) => {
      const raw = openRaw(lab.at(n % 3 === 0 ? 'agents' : 'jobs'))
      // Nothing, a part, all of it and then nothing more, or a byte now and then.
      if (n % 4 === 1) raw.socket.write(greeting.subarray(0, n % 64))
      if (n % 4 === 2) raw.socket.write(greeting)
      if (n % 4 === 3) drip(raw.socket, greeting)
      return raw
    })
    for (let round = 0; round < 10; round++) expect(await work()).toMatch(/^did/)
    const newcomer = await lab.join('newcomer')
    expect(await work(newcomer)).toMatch(/^did/)
    await Promise.all(sockets.map(({ closed }) => closed))
    expect(await work()).toMatch(/^did/)
    expect(bridge.running()).toBe(true)
  })

  test.concurrent('and takes every connection that there is does no harm that lasts', {
    timeout: 60_000,
    ...(process.platform === 'linux' ? {} : leaveOut('needs Linux, which says what files are open')),
  }, async () => {
    const small = await faultLab()
    onTestFinished(() => small.close())
    // Files are connections too: a bridge that can open no more can't read its keyring either.
    const narrow = await small.start({
      enter: argv => ['sh', '-c', 'ulimit -n 150 && exec "$@"', 'sh', ...argv],
    })
    onTestFinished(() => narrow.kill())
    await narrow.ready
    const honest = await small.join('honest')
    expect(await work(honest, small)).toMatch(/^did/)
    const sockets = Array.from({ length: 300 }, () => openRaw(small.at('jobs')))
    await vi.waitFor(() => expect(filesOf(narrow)).toBeGreaterThanOrEqual(150), { timeout: 10_000 })
    await small.key('late')
    await vi.waitFor(() => expect(narrow.said()).toMatch(/keyring.json can't be read/), { timeout: 10_000 })
    for (const { socket } of sockets) socket.destroy()
    await vi.waitFor(() => expect(narrow.said()).toMatch(/can be read again/), { timeout: 10_000 })
    expect(await work(honest, small)).toMatch(/^did/)
    expect(await work(await small.join('later'), small)).toMatch(/^did/)
  })
})

function drip(socket: Socket, bytes: Buffer): void {
  let at = 0
  const timer = setInterval(() => {
    if (at < bytes.length) socket.write(bytes.subarray(at, ++at))
  }, 500)
  socket.once('close', () => clearInterval(timer))
}

function filesOf({ child }: Victim): number {
  return readdirSync(`/proc/${child.pid}/fd`).length
}
