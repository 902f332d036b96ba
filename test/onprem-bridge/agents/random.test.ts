import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { handler } from '../../../onprem-bridge/agent/call.ts'
import { openRegistry, type Registry } from '../../../onprem-bridge/agent/registry.ts'
import { openHub } from '../../../onprem-bridge/agents/hub.ts'
import { agentTransport } from '../../../onprem-bridge/agents/transport.ts'
import { HostTrouble } from '../../../src/core/ports.ts'
import { type ToAgent, toAgent } from '../../../src/transports/zeromq/agent-messages.ts'
import type { Packet } from '../../../src/transports/zeromq/channel.ts'
import { openLine } from '../../fakes/channel.ts'
import { never, noFacts, tokens } from './lab.ts'

/** A sequence that is the same for the same seed. */
function luckOf(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * below)
  }
}

/**
 * One life after the other of an agent, over sessions that break at any moment: calls that say much and write down that
 * they ran.
 */
async function round(seed: number, folder: string) {
  const luck = luckOf(seed)
  const trace = path.join(folder, String(seed))
  const hub = openHub({ enrolment: tokens({}), grace: 200 })
  const transport = agentTransport(hub, { stateFolder: folder })
  const turn = () => new Promise(resolve => setImmediate(resolve))
  let registry: Registry | undefined
  const lives: Registry[] = []
  let boot = 0
  const begin = () => {
    boot++
    const life = boot
    registry = openRegistry({
      boot: `life ${life}`,
      maxCalls: 4,
      maxWaiting: 100,
      grace: 50,
      isOpen: () => false,
      send: (body, bytes) => life === boot && line.channel.send({ body, ...(bytes ? { bytes } : {}) }),
      handlers: {
        work: handler(z.strictObject({ id: z.string(), size: z.int() }), async ({ id, size }, call) => {
          await appendFile(trace, `${id}\n`)
          await turn()
          await call.write('stdout', Buffer.alloc(size, id))
          return { id, pad: 'x'.repeat(size) }
        }),
      },
    })
    lives.push(registry)
  }
  const register = () => {
    line.channel.send({
      body: { kind: 'register', version: 1, agent: '1', boot: `life ${boot}`, facts: noFacts },
    })
  }
  const line = openLine(
    hub.reception,
    {
      onPacket: ({ body, bytes = new Uint8Array(0) }: Packet) => {
        const message: ToAgent = toAgent.parse(body)
        if (message.kind === 'call') registry?.call(message)
        else if (['data', 'ack', 'cancel', 'forget'].includes(message.kind))
          expect(registry?.about(message as never, bytes)).toBe(true)
      },
    },
    { name: 'foo', role: 'agent' },
  )
  begin()
  register()
  await turn()
  const remote = await transport.open({ name: 'foo' }, { signal: never, wait: 10_000 })
  const ends = Array.from({ length: 12 }, async (_, at) => {
    const id = String.fromCharCode(97 + at)
    const size = [3, 1_000, 300_000, 1_500_000][luck(4)]!
    let heard = 0
    try {
      const value = await remote.call!(
        'work',
        { id, size },
        { signal: never, timeout: 10_000, onOutput: (_stream, chunk) => (heard += chunk.length) },
      )
      return { id, end: 'answered', right: heard === size && (value as { pad: string }).pad.length === size }
    } catch (error) {
      if (!(error instanceof HostTrouble)) throw error
      return { id, end: error.code, right: true }
    }
  })
  const all = Promise.all(ends)
  let done = false
  void all.then(() => {
    done = true
  })
  for (let breaks = 0; !done; breaks++) {
    for (let turns = luck(30); turns > 0; turns--) await turn()
    if (breaks > 15) continue
    line.cut()
    registry?.detach()
    for (let turns = luck(10); turns > 0; turns--) await turn()
    // Sometimes it was not the session but the agent that ended.
    if (luck(6) === 0) begin()
    line.reconnect()
    // Facts take their time, and calls go on meanwhile.
    for (let turns = luck(5); turns > 0; turns--) await turn()
    register()
  }
  const results = await all
  // Whatever still runs, in whichever life, runs before it is looked at.
  await Promise.all(lives.map(life => life.drain(0)))
  const ran = (await readFile(trace, 'utf8').catch(() => '')).split('\n').filter(Boolean)
  await transport.close()
  hub.close()
  return { results, ran }
}

test('over breaks and lives at any moment, every call ends once: executed once and answered whole, or unknown', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'reops-random-'))
  const ends = new Map<string, number>()
  try {
    for (let seed = 1; seed <= 60; seed++) {
      const { results, ran } = await round(seed, folder)
      expect(results).toHaveLength(12)
      expect(new Set(ran).size, `seed ${seed}: something ran twice`).toBe(ran.length)
      for (const { id, end, right } of results) {
        ends.set(end, (ends.get(end) ?? 0) + 1)
        expect(right, `seed ${seed}: ${id} was not whole`).toBe(true)
        if (end === 'answered') expect(ran, `seed ${seed}`).toContain(id)
        // Whoever is told that nothing was executed may go and do it elsewhere.
        if (['unreachable', 'busy'].includes(end)) expect(ran, `seed ${seed}`).not.toContain(id)
      }
    }
    expect([...ends.keys()].filter(end => !['answered', 'unknown', 'unreachable'].includes(end))).toEqual([])
    expect(ends.get('answered')).toBeGreaterThan(100)
    expect(ends.get('unknown')).toBeGreaterThan(10)
  } finally {
    await rm(folder, { recursive: true })
  }
})
