import type { Host } from '../../core/hosts.ts'
import { matches } from '../../core/systems/criterion.ts'
import { fullName } from '../../core/systems/full-name.ts'
import type { SystemStore } from '../../core/systems/store.ts'
import type { System } from '../../core/systems/system.ts'
import { type ListedSystem, listSystems } from '../../operations/systems/index.ts'
import { type Asking, askBridge } from './ask.ts'

/** Systems to be looked at, wherever their store is. */
export interface KnownSystems extends Pick<SystemStore, 'get' | 'find' | 'list' | 'holders'> {
  hostOf(system: System): Host
}

/** The systems of a bridge, as they were at the first look. Rejects as `askBridge` does. */
export function bridgeSystems(asking: Asking): KnownSystems {
  let known: readonly ListedSystem[] = []
  let asked: Promise<readonly ListedSystem[]> | undefined
  const all = async (): Promise<readonly System[]> => {
    asked ??= askBridge(listSystems(), asking)
    known = await asked
    return known.map(({ system }) => system)
  }
  return {
    list: async (criterion = { where: 'all' }) => (await all()).filter(one => matches(one, criterion)),
    get: async id => (await all()).find(one => one.id === id),
    find: async name => (await all()).find(one => one.hostname === name || fullName(one) === name),
    holders: async () => {
      await all()
      return new Map(known.flatMap(({ system, holder }) => (holder ? [[system.id, holder] as const] : [])))
    },
    hostOf: ({ id, hostname }) =>
      known.find(({ system }) => system.id === id)?.host ?? { name: hostname, system: id },
  }
}
