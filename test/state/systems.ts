import type { SystemStore } from '../../src/core/systems/store.ts'
import type { NewSystem } from '../../src/core/systems/system.ts'

/** An id that is told apart by its number. */
export const idOf = (number: number): string => `sys-${String(number).padStart(20, '0')}`

/** A system before it is added, in which only what a test is about needs to be said. */
export function systemOf(number: number, said: Partial<NewSystem> = {}): NewSystem {
  return {
    id: idOf(number),
    hostname: `web-${number}`,
    provider: 'kvm',
    node: 'big-iron',
    state: 'stopped',
    volumes: [],
    description: '',
    tags: [],
    ...said,
  }
}

export interface OpenedSystems {
  readonly store: SystemStore
  /** Closes what lies under the store, and removes it. */
  close(): Promise<void>
}
