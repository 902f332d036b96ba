import type { SystemLease } from '../../core/systems/store.ts'
import type { System } from '../../core/systems/system.ts'

/** A system, and who holds it now, where somebody does. */
export type Held = System & { readonly holder?: SystemLease }

/** Says of each system who holds it. */
export function withHolders(
  systems: readonly System[],
  holders: ReadonlyMap<string, SystemLease>,
): readonly Held[] {
  if (holders.size === 0) return systems
  return systems.map(system => {
    const holder = holders.get(system.id)
    return holder === undefined ? system : { ...system, holder }
  })
}
