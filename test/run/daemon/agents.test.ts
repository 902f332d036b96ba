import { readFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import path from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openBridge } from '../../../onprem-bridge/bridge.ts'
import { configSchema } from '../../../src/core/config.ts'
import { systemClock } from '../../../src/executor/index.ts'
import { addKey } from '../../../src/run/bridge/keyring/keys.ts'
import { bridgePlace } from '../../../src/run/bridge/place.ts'
import type { BridgeStatus } from '../../../src/run/bridge/status.ts'
import { agentsHere, agentsPortHere } from '../../../src/run/daemon/agents.ts'
import type { BridgeHere } from '../../../src/run/daemon/bridge.ts'
import type { BridgePart } from '../../../src/run/root.ts'
import { makeKeyPair } from '../../../src/transports/zeromq/keys.ts'
import { freePort } from '../../lab/servers.ts'
import { startVictim } from '../../onprem-bridge/faults/processes.ts'
import type { AgentsVictim } from '../../onprem-bridge/faults/victims/agents.ts'
import { soon } from './closet.ts'
import { daemonHere, quiet } from './here.ts'

const flows = `
import { exec, flow, hosts, webhook } from 're-ops'
import * as z from 'zod'
const foo = hosts({ via: 'agent' }, ['foo'])
const input = z.strictObject({})
const bearer = { bearer: { file: 'word' } }
export const speak = flow({ input, steps: exec(foo, 'echo by its agent') })
export const linger = flow({ input, steps: exec(foo, 'echo $$ > ' + new URL('../begun', import.meta.url).pathname + '; exec sleep 60') })
export const speaking = webhook('speak', speak, bearer)
export const lingering = webhook('linger', linger, bearer)
`
const daemon = { ...quiet, webhooks: '127.0.0.1:0' }

/** A daemon that is a bridge, whose port for jobs somebody else has so far, and the key of an agent. */
async function daemonWithBridge() {
  const taken = createServer()
  await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void taken.close())
  const { port } = taken.address() as AddressInfo
  const keys = makeKeyPair()
  const listen = { jobs: `tcp://127.0.0.1:${port}`, agents: 'tcp://127.0.0.1:*', metrics: false }
  const here = await daemonHere(
    flows,
    // Nobody listens at the bridge for commands: what is this process' own is not asked by the network.
    {
      daemon: { ...daemon, bridge: true },
      bridge: { listen, url: `tcp://127.0.0.1:${await freePort()}`, key: keys.publicKey },
    },
    {
      bridge: async () => ({ openBridge }),
      before: folder =>
        addKey(bridgePlace({ folder, file: undefined, config: configSchema.parse({}) }).keyring, {
          ...{ key: keys.publicKey, name: 'foo', role: 'agent' },
        }),
    },
  )
  const bridge = () => here.daemon.status().bridge as unknown as BridgeStatus & { up: boolean }
  return {
    ...here,
    bridge,
    free: () => new Promise(resolve => taken.close(resolve)),
    /** Starts the agent, a process of its own, and waits until it has registered. */
    async agent() {
      const { at: url } = bridge().endpoints.find(({ for: what }) => what === 'agents')!
      const data: AgentsVictim = {
        ...{ url, bridgeKey: bridge().key, agents: [{ host: 'foo', keys }] },
        folder: path.join(here.folder, 'agent'),
      }
      const agent = await startVictim('agents.ts', { file: path.join(here.folder, 'agent.json'), data })
      onTestFinished(() => agent.kill())
      await agent.ready
      await vi.waitFor(() => expect(bridge().agents).toMatchObject([{ state: 'connected' }]), soon)
    },
    /** What an execution of a flow came to. */
    output: (flow: string, index = 0) =>
      vi.waitFor(async () => {
        const record = (await here.executions(flow))[index]
        expect(record?.status).toBe('SUCCEEDED')
        return record!.output as { successful: unknown[]; failure: { code: string; message: string }[] }
      }, soon),
  }
}

test('hosts are reached by agents of the bridge that the daemon is, from when that is up', {
  timeout: 30_000,
}, async () => {
  const { post, output, bridge, free, agent } = await daemonWithBridge()
  expect(bridge().up).toBe(false)
  expect((await post('speak', 'before')).status).toBe(202)
  expect((await output('speak')).failure).toMatchObject([
    {
      code: 'unreachable',
      message: expect.stringMatching(
        /the bridge of this daemon is not up \(.*can't be opened.*nothing was executed/,
      ),
    },
  ])

  await free()
  await vi.waitFor(() => expect(bridge().up).toBe(true), soon)
  await post('speak', 'without an agent')
  await vi.waitFor(
    async () =>
      expect((await output('speak')).failure).toMatchObject([
        { code: 'unreachable', message: expect.stringContaining('no agent of it has registered') },
      ]),
    soon,
  )
  await agent()
  await post('speak', 'after')
  await vi.waitFor(
    async () =>
      expect(await output('speak')).toMatchObject({
        failure: [],
        successful: [{ host: 'foo', value: { stdout: 'by its agent\n' } }],
      }),
    soon,
  )
  // No job of it passed the bridge's desk.
  expect(bridge().jobs).toMatchObject({ running: 0 })
})

test('what is under way by an agent is left to the next start, and loses no agent before', {
  timeout: 30_000,
}, async () => {
  const { post, free, bridge, agent, end, said, executions, folder } = await daemonWithBridge()
  await free()
  await vi.waitFor(() => expect(bridge().up).toBe(true), soon)
  await agent()
  await post('linger', 'one')
  const begun = () => readFile(path.join(folder, 'begun'), 'utf8')
  await vi.waitFor(async () => expect(await begun()).toMatch(/\n$/), soon)
  const pid = Number(await begun())
  await end()
  // It was told to the agent before the bridge went.
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(/ESRCH/), soon)
  expect(said.join('\n')).toMatch(/left for the next start: lingering-/)
  expect(await executions('linger')).toMatchObject([{ status: 'RUNNING' }])
})

test('without a bridge of its own, a daemon gives the work to the one that is configured', {
  timeout: 30_000,
}, async () => {
  const { post, executions, said } = await daemonHere(flows, {
    daemon,
    bridge: { url: `tcp://127.0.0.1:${await freePort()}`, key: makeKeyPair().publicKey },
  })
  expect((await post('speak', 'one')).status).toBe(202)
  await vi.waitFor(async () => expect(await executions('speak')).toMatchObject([{ status: 'RUNNING' }]), soon)
  // It waits for a bridge that is not there, as every submitter does, and says nothing of agents here.
  expect(said.join('\n')).not.toContain('the bridge of this daemon')
})

test('agents are put on hosts by the bridge in the process, and by none while it is not up', async () => {
  let opened: BridgePart | undefined
  const clock = systemClock
  const here: BridgeHere = { clock, opened: () => opened, problem: () => 'its port is taken' }
  const agents = agentsPortHere(here)
  const notUp = expect.objectContaining({
    ...{ name: 'HostTrouble', code: 'unreachable' },
    message: expect.stringMatching(/not up \(its port is taken\)/),
  })
  expect(() => agents.address()).toThrow(notUp)
  await expect(agents.alone('foo', new AbortController().signal, async () => 1)).rejects.toThrow(notUp)
  await expect(agents.enrol('foo', { replace: false })).rejects.toThrow(notUp)
  const address = { url: 'tcp://bridge.lan:5761', key: 'k' }
  opened = { agents: { address: () => address } } as unknown as BridgePart
  expect(agents.address()).toBe(address)
})

test('a step that waits for its hosts waits for the bridge as well', async () => {
  let opened: BridgePart | undefined
  const here: BridgeHere = { clock: systemClock, opened: () => opened, problem: () => 'it is being opened' }
  const transport = agentsHere(here)
  const { signal } = new AbortController()
  const waiting = transport.open({ name: 'foo' }, { signal, wait: 20_000 })
  const there = { open: async ({ name }: { name: string }) => name, close: async () => {} }
  opened = { agentTransport: () => there } as unknown as BridgePart
  expect(await waiting).toBe('foo')
  opened = undefined
  const late = agentsHere(here).open({ name: 'foo' }, { signal, wait: 1 })
  await expect(late).rejects.toMatchObject({ code: 'unreachable' })
  const stop = new AbortController()
  const given = agentsHere(here).open({ name: 'foo' }, { signal: stop.signal, wait: 20_000 })
  stop.abort(new Error('enough'))
  await expect(given).rejects.toMatchObject({ code: 'cancelled' })
})
