import { createHash } from 'node:crypto'
import type { StateMachine } from '../../../core/asl.ts'
import type { Database } from '../database.ts'

/** Machines that were read are kept at hand: going on after a crash reads the same few again and again. */
const atHand = 64

/** Keeps each machine once, however many executions it has. */
export interface Machines {
  /** Inside a write. Answers the key of it. */
  keep(machine: string): string
  /** The machine of a key that an execution refers to. */
  read(key: string): StateMachine
  /** Inside a write: removes those that no execution refers to. */
  prune(): void
}

export function openMachines(database: Database): Machines {
  const insert = database.prepare('INSERT OR IGNORE INTO machines (hash, machine) VALUES (?, ?)')
  const select = database.prepare('SELECT machine FROM machines WHERE hash = ?')
  const removeUnused = database.prepare(
    'DELETE FROM machines WHERE NOT EXISTS (SELECT 1 FROM executions WHERE machine = hash)',
  )
  const known = new Map<string, StateMachine>()
  return {
    keep(machine) {
      const key = createHash('sha256').update(machine).digest('hex')
      insert.run(key, machine)
      return key
    },
    read(key) {
      const machine = known.get(key) ?? (JSON.parse(String(select.get(key)?.machine)) as StateMachine)
      known.delete(key)
      known.set(key, machine)
      for (const oldest of known.keys()) {
        if (known.size <= atHand) break
        known.delete(oldest)
      }
      return machine
    },
    prune: () => void removeUnused.run(),
  }
}
