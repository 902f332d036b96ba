import type { ChangeEntry, SystemStore } from '../../../core/systems/store.ts'
import { lookUp } from './look-up.ts'

/** What became of a system, or why a word is none's. */
export type SystemPast =
  | { readonly kind: 'one'; readonly id: string; readonly history: readonly ChangeEntry[] }
  | { readonly kind: 'several'; readonly ids: readonly string[] }
  /** `names` are the hostnames that there are. */
  | { readonly kind: 'none'; readonly names: readonly string[] }

/** Finds what became of a system that is here, or that was: that one is known by its id and its last hostname. */
export async function pastOf(store: SystemStore, word: string, now: number): Promise<SystemPast> {
  const here = await lookUp(store, word)
  if (here !== undefined) return { kind: 'one', id: here.id, history: await store.history(here.id) }
  const { systems, history } = await store.dump(now)
  const gone = lastNames(history)
  const ids = gone.has(word) ? [word] : [...gone].filter(([, name]) => name === word).map(([id]) => id)
  if (ids.length > 1) return { kind: 'several', ids }
  if (ids.length === 1) return { kind: 'one', id: ids[0]!, history: await store.history(ids[0]!) }
  return { kind: 'none', names: systems.map(({ hostname }) => hostname) }
}

/** The last hostname of each system that has a history, by id. */
export function lastNames(history: readonly ChangeEntry[]): Map<string, string> {
  const names = new Map<string, string>()
  for (const { system, before, after } of history) {
    const name = after.hostname ?? before.hostname ?? names.get(system)
    names.set(system, String(name))
  }
  return names
}
