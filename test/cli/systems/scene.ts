import { rm } from 'node:fs/promises'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import type { SystemStore } from '../../../src/core/systems/store.ts'
import type { NewSystem, System } from '../../../src/core/systems/system.ts'
import { openDatabase, openSystemStore } from '../../../src/state/sqlite/index.ts'
import { type FakeProvider, fakeProvider } from '../../fakes/provider.ts'
import { makeKey } from '../../lab/keys.ts'
import { type Calling, type CallOptions, type Done, makeProject, start } from '../harness.ts'
import { type Answer, scripted } from '../scripted-transport.ts'

/** A project with two hypervisors, a provider in memory and hosts that play a script. */
export interface Scene {
  readonly folder: string
  readonly provider: FakeProvider
  /** The project's own store, open beside the command as a daemon has it. */
  readonly store: SystemStore
  /** Adds a system to the store and its machine to the provider; it runs unless it is said otherwise. */
  have(hostname: string, more?: Partial<NewSystem>): Promise<System>
  /** How each system of the store stands: `redis-1 running`. */
  standing(): Promise<string[]>
  start(words: readonly string[], options?: CallOptions): Calling
  reops(words: readonly string[], options?: CallOptions): Promise<Done>
}

export interface SceneParts {
  readonly files?: Readonly<Record<string, string>>
  readonly config?: Readonly<Record<string, unknown>>
  readonly answer?: Answer
  readonly provider?: FakeProvider
}

/** Sets a scene that goes away with the test. */
export async function scene(parts: SceneParts = {}): Promise<Scene> {
  const { answer = () => '', provider = fakeProvider() } = parts
  const config = {
    hypervisors: { 'big-iron': { provider: 'kvm' }, small: { provider: 'kvm', os: 'debian-12' } },
    hosts: { foo: { address: '127.0.0.1' } },
    groups: { closet: ['foo', 'redis-1'] },
    ssh: { config: false, agent: false, knownHosts: [], keys: { closet: 'id' } },
    defaults: { key: 'closet' },
    ...parts.config,
  }
  const folder = await makeProject({
    'reops.config.ts': `export default ${JSON.stringify(config)}\n`,
    ...parts.files,
  })
  await makeKey(path.join(folder, 'id'))
  const database = openDatabase(path.join(folder, '.reops/reops.db'), { fsync: false })
  const store = openSystemStore(database)
  onTestFinished(async () => {
    await store.close()
    database.close()
    await rm(folder, { recursive: true, force: true })
  })
  const wired = { transports: { ssh: scripted(answer) }, providers: { kvm: () => provider } }
  const begin = (words: readonly string[], options: CallOptions = {}) =>
    start(folder, words, { ...wired, ...options })
  let ids = 0
  return {
    folder,
    provider,
    store,
    have: (hostname, more = {}) => have(store, provider, hostname, ++ids, more),
    standing: async () => (await store.list()).map(({ hostname, state }) => `${hostname} ${state}`),
    start: begin,
    reops: (words, options) => begin(words, options).done,
  }
}

async function have(
  store: SystemStore,
  provider: FakeProvider,
  hostname: string,
  number: number,
  more: Partial<NewSystem>,
): Promise<System> {
  const id = `sys-${number.toString(16).padStart(20, '0')}`
  const state = more.state ?? 'running'
  const address = state === 'running' ? `10.1.0.${number}` : undefined
  const told = { id, hostname, provider: provider.name, node: 'big-iron', ...more }
  provider.machines.set(id, {
    label: hostname,
    node: told.node,
    state: state === 'running' ? 'running' : 'stopped',
    cpu: 1,
    ram: 512,
    disk: 10,
    address,
    told,
    snapshots: new Map(),
  })
  const system = { description: '', tags: [], volumes: [], ref: id, ...told, address, state }
  return store.add(system, { by: 'test', at: Date.now() })
}

/** Output without the times that differ from run to run. */
export const untimed = (text: string): string => text.replace(/ \([\d.]+ (?:ms|s)\)/g, '')

/** The first column of a table, without its head. */
export function namesIn(stdout: string): (string | undefined)[] {
  return stdout
    .trim()
    .split('\n')
    .slice(1)
    .map(line => line.split(' ')[0])
}
