import type { Host } from '../../core/hosts.ts'
import { matches } from '../../core/systems/criterion.ts'
import { fullName } from '../../core/systems/full-name.ts'
import type { SystemStore } from '../../core/systems/store.ts'
import type { System } from '../../core/systems/system.ts'
import { systems } from '../../operations/systems/index.ts'
import { type Asking, askBridge } from './ask.ts'

/** Systems to be looked at, wherever their store is. */
export interface KnownSystems extends Pick<SystemStore, 'get' | 'find' | 'list'> {
  hostOf(system: System): Host
}

/** The systems of a bridge, as they were at the first look. Rejects as `askBridge` does. */
export function bridgeSystems(asking: Asking): KnownSystems {
  const hosts = new Map<string, Host>()
  let asked: Promise<readonly System[]> | undefined
  const look = async (): Promise<readonly System[]> => {
    const { on, successful } = await askBridge(systems(), asking)
    const named = new Map(on.hosts.map(host => [host.name, host]))
    for (const { host, value } of successful) hosts.set(value.id, named.get(host) ?? { name: host })
    return successful.map(({ value }) => value)
  }
  const all = () => {
    asked ??= look()
    return asked
  }
  return {
    list: async (criterion = { where: 'all' }) => (await all()).filter(one => matches(one, criterion)),
    get: async id => (await all()).find(one => one.id === id),
    find: async name => (await all()).find(one => one.hostname === name || fullName(one) === name),
    hostOf: ({ id, hostname }) => hosts.get(id) ?? { name: hostname, system: id },
  }
}
