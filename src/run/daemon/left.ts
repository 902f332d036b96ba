import type { KeptDecision } from '../../core/watches/state.ts'
import { type ScheduleStatus, scheduleStatus } from '../../triggers/schedule/index.ts'
import type { LoadedConfig } from '../config.ts'
import { openExecutions } from '../open-executions.ts'
import { openTriggers } from '../open-readings.ts'
import { openSchedules } from '../open-schedules.ts'
import { hasState } from '../shared-database.ts'
import { loadDeclared } from './declared.ts'

/** What a daemon that does not run any more has written down. */
export interface Left {
  /** As they would fire if it ran. */
  readonly schedules: readonly ScheduleStatus[]
  /** The last that watches did, newest first. */
  readonly decisions: readonly KeptDecision[]
  /** Executions that nobody has ended. */
  readonly executions: readonly string[]
}

const mostDecisions = 10

/**
 * Reads what the last daemon of a state folder has left. Throws what the flows are refused with, and the database's own
 * errors.
 */
export async function readLeft(loaded: LoadedConfig, say: (text: string) => void): Promise<Left> {
  const declared = await loadDeclared(loaded)
  const named = [...declared.schedules]
  if (!hasState(loaded))
    return {
      schedules: named.map(([name, one]) => scheduleStatus(name, one, undefined, undefined)),
      decisions: [],
      executions: [],
    }
  const [schedules, kept, executions] = await Promise.all([
    openSchedules(loaded, say),
    openTriggers(loaded, say),
    openExecutions(loaded, say),
  ])
  try {
    const after = new Map(schedules.states().map(state => [state.name, state.after]))
    return {
      schedules: named.map(([name, one]) => {
        const [last] = schedules.firings({ schedule: name, limit: 1 })
        return scheduleStatus(name, one, after.get(name), last)
      }),
      decisions: kept.watches.decisions({ acted: true, limit: mostDecisions }),
      executions: executions.list({ status: 'RUNNING', limit: 100 }).map(({ name }) => name),
    }
  } finally {
    await executions.close()
    await kept.close()
    await schedules.close()
  }
}
