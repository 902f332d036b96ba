import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ConfigInput } from '../../../src/core/config.ts'
import { systemClock } from '../../../src/executor/index.ts'
import { changeKeyring } from '../../../src/run/bridge/keyring/file.ts'
import { withKey } from '../../../src/run/bridge/keyring/keys.ts'
import { bridgePlace } from '../../../src/run/bridge/place.ts'
import { loadConfig } from '../../../src/run/config.ts'
import { openSpillFolder } from '../../../src/state/spill-folder.ts'
import { type BridgeClient, openBridgeClient } from '../../../src/transports/zeromq/client/index.ts'
import { dial } from '../../../src/transports/zeromq/dial.ts'
import { keepKeyFile, writeKeyFile } from '../../../src/transports/zeromq/key-file.ts'
import { type KeyPair, makeKeyPair } from '../../../src/transports/zeromq/keys.ts'
import { type Started, startNode } from './process.ts'

const reops = fileURLToPath(new URL('../../../bin/reops.js', import.meta.url))
const agent = fileURLToPath(new URL('../../../onprem-bridge/agent/main.ts', import.meta.url))
const crowd = fileURLToPath(new URL('crowd.ts', import.meta.url))

/** What many simulated agents in one process are told. */
export interface CrowdOptions {
  readonly bridge: string
  readonly bridgeKey: string
  readonly folder: string
  readonly agents: readonly { readonly host: string; readonly keys: KeyPair }[]
}

/** A bridge as a process of its own on loopback, with agents that may come. */
export interface Closet {
  readonly config: string
  readonly bridge: Started
  readonly client: BridgeClient
  /** Starts the agent of one host as users have it, and waits until it has registered. */
  startAgent(host: string): Promise<Started>
  /** Starts simulated agents, so many processes of them, and waits until all have registered. */
  startCrowd(hosts: readonly string[], processes: number): Promise<void>
  close(): Promise<void>
}

export interface ClosetOptions {
  /** Where its folder is made: what disk waits for. */
  readonly within: string
  /** Every host that an agent may come for. */
  readonly hosts: readonly string[]
  readonly config?: ConfigInput
}

/** Starts a bridge and dials it. */
export async function openCloset({ within, hosts, config = {} }: ClosetOptions): Promise<Closet> {
  const folder = await mkdtemp(path.join(within, 'reops-bench-'))
  const undo: (() => unknown)[] = [() => rm(folder, { recursive: true, force: true })]
  const close = async () => {
    for (const act of undo.splice(0).reverse()) await act()
  }
  try {
    const loopback = 'tcp://127.0.0.1:*'
    const listen = { jobs: loopback, agents: loopback, metrics: false } as const
    await writeFile(path.join(folder, 'flows.ts'), 'export {}\n')
    const configFile = path.join(folder, 'reops.config.ts')
    const said = { flows: 'flows.ts', ...config, bridge: { ...config.bridge, listen } }
    await writeFile(configFile, `export default ${JSON.stringify(said, null, 2)}\n`)
    const place = bridgePlace(await loadConfig(configFile))
    const { publicKey: bridgeKey } = keepKeyFile(place.bridgeKey)
    const submitter = makeKeyPair()
    const agents = new Map(hosts.map(host => [host, makeKeyPair()]))
    await changeKeyring(place.keyring, before => {
      let data = withKey(before, { key: submitter.publicKey, name: 'bench', role: 'submit' }).data
      const keys = [...agents].map(([name, { publicKey: key }]) => ({
        ...{ key, name, role: 'agent' as const },
        addedAt: Date.now(),
      }))
      data = { ...data, keys: [...data.keys, ...keys] }
      return { data, answer: undefined }
    })
    const bridge = startNode([...profiled('bridge'), reops, 'bridge', '--config', configFile])
    undo.push(() => bridge.stop())
    const [, url = ''] = await bridge.said(/bridge for jobs at (\S+)/)
    const [, agentsUrl = ''] = await bridge.said(/bridge for agents at (\S+)/)
    const client = openBridgeClient({
      url,
      clock: systemClock,
      store: openSpillFolder(path.join(folder, 'spilled-here')),
      dial: listener =>
        dial({ url, serverKey: bridgeKey, farKey: bridgeKey, keys: submitter, purpose: 'jobs' }, listener),
    })
    undo.push(() => client.close())
    const keysOf = (host: string) => agents.get(host)!
    let started = 0
    const place_ = async (name: string) => {
      const own = path.join(folder, name)
      await mkdir(own, { recursive: true })
      return own
    }
    return {
      config: configFile,
      bridge,
      client,
      async startAgent(host) {
        const own = await place_(`agent-${host}`)
        const keyFile = path.join(own, 'agent.key')
        writeKeyFile(keyFile, keysOf(host))
        const options = path.join(own, 'options.json')
        await writeFile(
          options,
          JSON.stringify({ bridge: agentsUrl, bridgeKey, keyFile, state: own, host, drain: 1 }),
        )
        const process = startNode([...profiled('agent'), agent, options])
        undo.push(() => process.stop())
        await process.said(/"kind":"registered"/)
        return process
      },
      async startCrowd(names, processes) {
        const own = await place_('crowd')
        const share = Math.ceil(names.length / processes)
        const starting = Array.from({ length: processes }, async (_, index) => {
          const agentsHere = names
            .slice(index * share, (index + 1) * share)
            .map(host => ({ host, keys: keysOf(host) }))
          const options: CrowdOptions = { bridge: agentsUrl, bridgeKey, folder: own, agents: agentsHere }
          const optionsFile = path.join(own, `options-${started++}.json`)
          await writeFile(optionsFile, JSON.stringify(options), { mode: 0o600 })
          const process = startNode([crowd, optionsFile])
          undo.push(() => process.stop())
          return process
        })
        const all = await Promise.all(starting)
        await Promise.all(all.map(process => process.said(/all registered/)))
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** With REOPS_BENCH_PROFILE, a folder, the processor's time of bridge and agent is profiled into it. */
function profiled(name: string): string[] {
  const folder = process.env.REOPS_BENCH_PROFILE
  return folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${path.join(folder, name)}`]
}
