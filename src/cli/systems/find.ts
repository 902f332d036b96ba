import type { Host } from '../../core/hosts.ts'
import { matches } from '../../core/systems/criterion.ts'
import type { SystemStore } from '../../core/systems/store.ts'
import type { System } from '../../core/systems/system.ts'
import { lookUp } from '../../operations/systems/inspect/look-up.ts'
import { configuredGroups, type LoadedConfig } from '../../run/config.ts'
import { closest } from '../closest.ts'
import { UsageError } from '../usage-error.ts'
import { knownWords, type Selection } from './selection.ts'

/** What a selection found. */
export interface Found {
  readonly systems: readonly System[]
  /** Members of groups that are no known systems. */
  readonly others: readonly Host[]
}

/** Where systems are looked for. */
export interface Among {
  readonly store: Pick<SystemStore, 'get' | 'find' | 'list'>
  readonly loaded: LoadedConfig
  /** Says what a word is that names no system, where somebody may have meant something else. */
  readonly otherwise?: ((word: string) => Promise<string | undefined>) | undefined
}

/**
 * Finds the systems that are selected: in the order in which they are named, or of their hostnames. Throws `UsageError`
 * for a name that there is not, with the one that was probably meant.
 */
export async function findSystems(selection: Selection, among: Among): Promise<Found> {
  const { store, loaded } = among
  const { names, criterion } = selection
  if (names.length === 0) return { systems: await store.list(criterion), others: [] }
  const groups = configuredGroups(loaded)
  const systems = new Map<string, System>()
  const others = new Map<string, Host>()
  for (const name of names) {
    const system = await lookUp(store, name)
    if (system !== undefined) {
      systems.set(system.id, system)
      continue
    }
    const group = groups.get(name)
    if (group === undefined) throw new UsageError(await unknown(name, among))
    for (const host of group.hosts) {
      const member = await store.find(host.name)
      if (member === undefined) others.set(host.name, host)
      else systems.set(member.id, member)
    }
  }
  const fitting = [...systems.values()].filter(system => matches(system, criterion))
  return { systems: fitting, others: selection.conditions ? [] : [...others.values()] }
}

/** Why a word names no system. */
async function unknown(word: string, { store, loaded: { config }, otherwise }: Among): Promise<string> {
  const told = await otherwise?.(word)
  if (told !== undefined) return told
  if (Object.hasOwn(config.machines, word))
    return `${word} is a machine of the configuration that is not among the systems yet; reops sync takes it in`
  if (Object.hasOwn(config.hosts, word))
    return `${word} is a host of the configuration and no system that is known here; reops sync finds what providers have`
  const names = (await store.list()).map(({ hostname }) => hostname)
  const meant = closest(word, [...names, ...knownWords])
  const known = names.length === 0 ? 'none is known here yet' : 'reops list names those that there are'
  return `there is no system ${JSON.stringify(word)}; ${meant === undefined ? known : `did you mean ${meant}?`}`
}

/** One system by its name. Throws `UsageError`. */
export async function findSystem(word: string, among: Among): Promise<System> {
  const system = await lookUp(among.store, word)
  if (system === undefined) throw new UsageError(await unknown(word, among))
  return system
}
