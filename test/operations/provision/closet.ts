import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ExecutionStore } from '../../../src/core/executions.ts'
import type { Host, Hosts } from '../../../src/core/hosts.ts'
import type { Json } from '../../../src/core/json.ts'
import type { SystemsPort } from '../../../src/core/systems/port.ts'
import type { SystemStore } from '../../../src/core/systems/store.ts'
import type { NewSystem, System } from '../../../src/core/systems/system.ts'
import { type Type, typesIn } from '../../../src/core/systems/type.ts'
import { typeFlows } from '../../../src/core/systems/type-flows.ts'
import { openHostsPort } from '../../../src/run/hosts-port.ts'
import { type LocalRuntime, localRuntime } from '../../../src/run/local-runtime.ts'
import { openMemoryExecutionStore } from '../../../src/state/memory/executions.ts'
import { openMemorySystemStore } from '../../../src/state/memory/systems.ts'
import { createSshTransport } from '../../../src/transports/ssh/index.ts'
import { memoryStore } from '../../fakes/memory-store.ts'
import { fakeProvider } from '../../fakes/provider.ts'
import { type Lab, startLab } from '../../lab/sshd.ts'

/** Systems that are real sshd hosts of a lab, kept in memory. */
export interface Closet {
  readonly lab: Lab
  readonly folder: string
  readonly store: SystemStore
  readonly executions: ExecutionStore
  /** A new system whose host is that of the lab. */
  add(name: string, part?: Partial<NewSystem>): Promise<System>
  get(name: string): Promise<System>
  /** As a selection answers them. */
  hosts(...names: string[]): Promise<Hosts>
  /** A runtime over these types. */
  runtime(types: Readonly<Record<string, Type>>): LocalRuntime
  /** A new folder, which every host of the lab has. */
  work(): Promise<string>
  close(): Promise<void>
}

export async function openCloset(names: readonly string[]): Promise<Closet> {
  const lab = await startLab(names.map(name => ({ name })))
  const folder = await mkdtemp(path.join(tmpdir(), 'reops-provision-'))
  const store = openMemorySystemStore()
  const executions = openMemoryExecutionStore()
  const open: LocalRuntime[] = []
  let count = 0

  const hostOf = ({ id, hostname, address, port, user, key }: System): Host => ({
    name: hostname,
    system: id,
    address,
    port,
    user,
    key,
  })
  const port = (owner: string): SystemsPort & { close(): Promise<void> } => ({
    owner,
    store: async () => store,
    provider: async () => fakeProvider(),
    providers: ['kvm'],
    publicKeys: async () => [lab.publicKey],
    hostOf,
    defaultsOf: () => ({}),
    close: async () => {},
  })
  const get = async (name: string) => {
    const found = await store.find(name)
    if (found === undefined) throw new Error(`no system ${name}`)
    return found
  }
  return {
    lab,
    folder,
    store,
    executions,
    get,
    add: (hostname, part = {}) => {
      const { address, port: number } = lab.host(hostname)
      const id = `sys-${String(++count).padStart(20, '0')}`
      const reached = { address, port: number, user: lab.user, key: lab.key }
      const system: NewSystem = {
        id,
        hostname,
        provider: 'kvm',
        state: 'running',
        description: '',
        tags: [],
        volumes: [],
        ...reached,
        ...part,
      }
      return store.add(system, { by: 'test', at: 0 })
    },
    hosts: async (...wanted) => ({
      via: 'ssh',
      defaults: {},
      hosts: JSON.parse(JSON.stringify((await Promise.all(wanted.map(get))).map(hostOf))),
    }),
    runtime: types => {
      const ssh = createSshTransport({
        stateFolder: path.join(folder, 'state'),
        home: folder,
        configFile: false,
        knownHostsFiles: [lab.knownHosts],
        agent: false,
        hosts: {},
      })
      const flows = typeFlows(typesIn(types))
      const owner = `process-${open.length + 1}`
      const names = new Map([...flows].map(([name, flow]) => [flow as object, name]))
      const runtime = localRuntime({
        hosts: openHostsPort({ ssh: () => ssh }, { concurrency: 2, timeout: 20_000 }),
        systems: port(owner),
        store: memoryStore(),
        flows,
        journal: () => ({ ...executions, close: async () => {} }) as ExecutionStore,
        out: { publish: (_topic, _data: Json) => {} },
        progress: () => {},
        nameOf: operation => names.get(operation),
      })
      open.push(runtime)
      return runtime
    },
    work: async () => {
      const made = path.join(folder, 'work', String(Math.random()).slice(2))
      await mkdir(made, { recursive: true })
      return made
    },
    close: async () => {
      for (const one of open) await one.close()
      await lab.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
