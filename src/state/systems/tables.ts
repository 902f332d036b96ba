import type { Criterion } from '../../core/systems/criterion.ts'
import type { ChangeEntry, SystemLease } from '../../core/systems/store.ts'
import type { System } from '../../core/systems/system.ts'

/** A system as it lies in a table, before it is read. */
export interface Standing {
  readonly id: string
  readonly hostname: string
  readonly revision: number
  /** Throws `UnreadableSystem`. */
  read(): System
}

/**
 * Where systems, their histories and leases lie, near by or as if they were: what a store needs of whatever keeps them.
 * Tables that are far away run work again and again until everything that it asks for was fetched; so work reads before
 * it writes, and has no effects but on its tables.
 */
export interface SystemTables {
  system(id: string): Standing | undefined
  named(hostname: string): Standing | undefined
  /** In the order of hostnames; of those that don't fit the criterion, as many are left out as is easy. */
  systems(criterion: Criterion): readonly Standing[]
  /** Adds a system, or puts it in the place of the one with its id. */
  put(system: System): void
  drop(id: string): void
  /** A system's history, or all of them, one after the other by id. */
  history(id?: string): readonly ChangeEntry[]
  record(entry: ChangeEntry): void
  /** Puts another history in the place of a system's. */
  rewrite(id: string, history: readonly ChangeEntry[]): void
  /** The latest lease that was not given back, expired or not. */
  lease(id: string): SystemLease | undefined
  /** Those that are good after a time, by system. */
  leases(now: number): ReadonlyMap<string, SystemLease>
  grant(id: string, lease: SystemLease): void
  ungrant(id: string): void
  /** Greater than every one before. */
  nextFence(): number
}

/** Does work on tables: writes undisturbed by others, all of it or nothing, and kept when it is answered. */
export interface Turns {
  read<T>(work: () => T): T | Promise<T>
  write<T>(work: () => T): Promise<T>
  /** Resolves when everything that was asked for is written. */
  flush(): Promise<void>
}
