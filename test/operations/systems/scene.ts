import type { Progress } from '../../../src/core/context.ts'
import type { ExecutionStore } from '../../../src/core/executions.ts'
import type { Flow } from '../../../src/core/flow.ts'
import type { Operation } from '../../../src/core/operation/operation.ts'
import type { Clock } from '../../../src/core/ports.ts'
import type { Execution, RunOptions } from '../../../src/core/runtime.ts'
import type { SystemsPort } from '../../../src/core/systems/port.ts'
import type { Provider } from '../../../src/core/systems/provider.ts'
import type { SystemStore } from '../../../src/core/systems/store.ts'
import type { NewSystem, System } from '../../../src/core/systems/system.ts'
import { localRuntime } from '../../../src/run/local-runtime.ts'
import { openMemorySystemStore } from '../../../src/state/memory/systems.ts'
import { fakeClock } from '../../executor/fake-clock.ts'
import { memoryStore } from '../../fakes/memory-store.ts'
import { type FakeProvider, fakeProvider } from '../../fakes/provider.ts'
import { type Attempted, type Script, scriptedHosts } from '../../fakes/scripted-hosts.ts'

/** A runtime with systems: a store in memory, a provider in memory, and hosts that play a script. */
export interface Scene {
  readonly provider: FakeProvider
  readonly store: SystemStore
  readonly clock: Clock
  /** The calls of hosts: SSH's probes and what pipelines executed. */
  readonly calls: Attempted[]
  readonly progress: Progress[]
  run<O>(operation: Operation<any, O>, input?: unknown, options?: RunOptions): Promise<O>
  submit<O>(operation: Operation<any, O>, input?: unknown, options?: RunOptions): Promise<Execution<O>>
  /** Goes on with executions whose process ended; answers their results. */
  resume(): Promise<readonly unknown[]>
  /** Another process over the same store and provider. */
  rival(): Scene
  /** How each system of the store stands: `redis-1 running`. */
  standing(): Promise<string[]>
  /** Adds a system to the store, and its machine to the provider, stopped or running. */
  have(hostname: string, more?: Partial<NewSystem>): Promise<System>
}

export interface SceneParts {
  readonly provider?: FakeProvider
  readonly store?: SystemStore
  readonly clock?: Clock
  readonly script?: Script
  readonly owner?: string
  readonly providers?: Readonly<Record<string, Provider>>
  readonly concurrency?: number
  readonly nodes?: readonly string[]
  /** Executions are written down here, and gone on with by the names of their flows. */
  readonly journal?: ExecutionStore
  readonly flows?: Readonly<Record<string, Flow>>
}

let owners = 0

/** Sets a scene; each has its own process's name. */
export function scene(parts: SceneParts = {}): Scene {
  const { clock = fakeClock(), provider = fakeProvider(), store = openMemorySystemStore() } = parts
  const { journal } = parts
  const flows = new Map(Object.entries(parts.flows ?? {}))
  const names = new Map([...flows].map(([name, flow]) => [flow as object, name]))
  const { script = {}, owner = `process ${++owners}`, concurrency = 8 } = parts
  const providers: Readonly<Record<string, Provider>> = { [provider.name]: provider, ...parts.providers }
  const hosts = scriptedHosts(script, clock, { concurrency })
  const progress: Progress[] = []
  const systems: SystemsPort & { close(): Promise<void> } = {
    owner,
    providers: Object.keys(providers),
    nodes: name => (name === provider.name ? parts.nodes : undefined),
    store: async () => store,
    provider: async name => providers[name] ?? Promise.reject(unknownProvider(name)),
    publicKeys: async () => ['ssh-ed25519 AAAA test'],
    hostOf: ({ id, hostname, address, port, user, key }) => ({
      name: hostname,
      system: id,
      ...(address === undefined ? {} : { address }),
      ...(port === undefined ? {} : { port }),
      ...(user === undefined ? {} : { user }),
      ...(key === undefined ? {} : { key }),
    }),
    defaultsOf: () => ({ os: 'debian', domain: 'closet.lan' }),
    close: async () => {},
  }
  const runtime = localRuntime({
    hosts,
    systems,
    store: memoryStore(),
    clock,
    out: { publish: () => {} },
    progress: event => progress.push(event),
    flows,
    nameOf: operation => names.get(operation),
    ...(journal ? { journal: () => ({ ...journal, close: async () => {} }) } : {}),
  })
  return {
    provider,
    store,
    clock,
    calls: hosts.calls,
    progress,
    submit: (operation, input, more = {}) => runtime.submit(operation, input, more),
    run: async (operation, input, more = {}) => (await runtime.submit(operation, input, more)).result(),
    resume: async () => {
      const executions = await runtime.resumeAbandoned(flows)
      return Promise.all(executions.map(execution => execution.result()))
    },
    rival: () => scene({ ...parts, clock, provider, store, owner: `process ${++owners}` }),
    standing: async () => (await store.list()).map(({ hostname, state }) => `${hostname} ${state}`),
    have: async (hostname, more = {}) => have(provider, store, clock, hostname, more),
  }
}

let ids = 0

async function have(
  provider: FakeProvider,
  store: SystemStore,
  clock: Clock,
  hostname: string,
  more: Partial<NewSystem>,
): Promise<System> {
  const id = `sys-${(++ids).toString(16).padStart(20, '0')}`
  const state = more.state ?? 'running'
  const address = state === 'running' ? `10.1.0.${ids}` : undefined
  const sizes = { cpu: 1, ram: 512, disk: 10 }
  const told = { id, hostname, provider: provider.name, node: 'n1', ...sizes, ...more }
  provider.machines.set(id, {
    label: hostname,
    node: told.node,
    state: state === 'running' ? 'running' : 'stopped',
    ...sizes,
    address,
    told,
    snapshots: new Map(),
  })
  const system = { description: '', tags: [], volumes: [], ref: id, ...told, address, state }
  return store.add(system, { by: 'test', at: clock.now() })
}

function unknownProvider(name: string): Error {
  const error = new Error(`there is no provider ${name} here`)
  error.name = 'UnknownProvider'
  return error
}
