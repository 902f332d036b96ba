import type { SystemStore } from '../../../src/core/systems/store.ts'

const refusals = /^(?:RevisionConflict|SystemHeld|SystemLeaseLost|HostnameTaken|UnknownSystem)$/

/** What comes about, or the name of what refused it. */
export async function tryTo<T>(work: Promise<T>): Promise<T | string> {
  try {
    return await work
  } catch (thrown) {
    const { name } = thrown as Error
    if (refusals.test(name)) return name
    throw thrown
  }
}

/** Several clients of one table, as `open` makes them. */
export async function openAll(
  open: (table: string) => Promise<SystemStore>,
  table: string,
  count: number,
): Promise<readonly SystemStore[]> {
  return Promise.all(Array.from({ length: count }, () => open(table)))
}

export async function closeAll(stores: readonly SystemStore[]): Promise<void> {
  await Promise.all(stores.map(store => store.close()))
}
