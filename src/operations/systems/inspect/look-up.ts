import type { ChangeEntry, SystemStore } from '../../../core/systems/store.ts'
import { handedOn, type System } from '../../../core/systems/system.ts'

/** One system by its hostname, its full name or its id. */
export async function lookUp(
  store: Pick<SystemStore, 'get' | 'find'>,
  word: string,
): Promise<System | undefined> {
  return /^sys-[0-9a-f]{20}$/.test(word) ? store.get(word) : store.find(word)
}

/** A change as it may travel: user data may hold secrets, and the store alone has it. */
export function withoutUserData(entry: ChangeEntry): ChangeEntry {
  return { ...entry, before: handedOn(entry.before), after: handedOn(entry.after) }
}
