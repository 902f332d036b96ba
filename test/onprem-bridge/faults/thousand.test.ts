import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { expect, onTestFinished, test, vi } from 'vitest'
import { bridgePlace } from '../../../src/run/bridge/place.ts'
import type { BridgeStatus } from '../../../src/run/bridge/status.ts'
import { makeKeyPair } from '../../../src/transports/zeromq/keys.ts'
import { faultLab } from './lab.ts'
import { startVictim } from './processes.ts'
import type { AgentsVictim } from './victims/agents.ts'

const many = 1_000
/** How often the bridge is killed; by hand, tens of times. */
const restarts = Number(process.env.REOPS_RESTARTS ?? 1)

/** What the bridge may take of memory for all of them, in bytes: a multiple of what it does. */
const mostMemory = 600 * 1024 * 1024

test(`${many} agents are there again after the bridge was killed, and none is dropped wrongly`, {
  timeout: 90_000 + restarts * 90_000,
}, async () => {
  const lab = await faultLab()
  onTestFinished(() => lab.close())
  const agents = Array.from({ length: many }, (_, n) => ({ host: `host-${n}`, keys: makeKeyPair() }))
  const { keyring } = bridgePlace(lab.loaded)
  const keys = agents.map(({ host, keys: { publicKey } }) => ({
    ...{ key: publicKey, name: host, role: 'agent', addedAt: Date.now() },
  }))
  writeFileSync(keyring, JSON.stringify({ version: 1, keys, tokens: [] }), { mode: 0o600 })
  const data: AgentsVictim = {
    ...{ url: lab.at('agents'), bridgeKey: lab.bridgeKey, agents, folder: path.join(lab.folder, 'agents') },
  }
  let bridge = await lab.start()
  onTestFinished(() => bridge.kill())
  await bridge.ready
  const all = await startVictim('agents.ts', { file: path.join(lab.folder, 'agents.json'), data })
  onTestFinished(() => all.kill())
  await all.ready

  const seen = () => all.ask<{ registered: number; lost: number; refused: number; over: number }>('counts')
  const memory = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${bridge.child.pid}/status`, 'utf8'))![1]) * 1024
  const figures: Record<string, number> = { 'megabytes before': memory() / 1024 / 1024 }
  const gather = async (round: number) => {
    const began = performance.now()
    await vi.waitFor(async () => expect((await seen()).registered).toBeGreaterThanOrEqual(many * round), {
      timeout: 60_000,
      interval: 50,
    })
    figures[`seconds of round ${round}`] = (performance.now() - began) / 1_000
    figures[`megabytes of round ${round}`] = memory() / 1024 / 1024
    expect(memory()).toBeLessThan(mostMemory)
    const { sessions, agents: known } = await bridge.ask<BridgeStatus>('status')
    // The status lists so many of each at most.
    expect([sessions.length, known.length]).toEqual([500, 500])
    expect(new Set(known.map(({ state }) => state))).toEqual(new Set(['connected']))
  }
  await gather(1)
  for (let round = 2; round <= 1 + restarts; round++) {
    await bridge.kill()
    bridge = await lab.start()
    await bridge.ready
    await gather(round)
  }
  console.info(JSON.stringify(figures))
  // Each registered once with each bridge, lost its session with each that was killed, and was never turned away.
  const { registered, refused, over } = await seen()
  expect({ registered, refused, over }).toEqual({ registered: (1 + restarts) * many, refused: 0, over: 0 })
  expect((await bridge.ask<BridgeStatus>('status')).troubles).toEqual([])
})
