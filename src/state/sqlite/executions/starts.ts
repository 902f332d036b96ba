import { ExecutionNameTaken } from '../../../core/execution-errors.ts'
import type { ExecutionStart, Started } from '../../../core/executions.ts'
import { sameJson } from '../../same-json.ts'
import type { Database } from '../database.ts'
import type { NextFence } from '../fences.ts'
import type { Machines } from './machines.ts'
import type { Queries } from './queries.ts'

/** Starts an execution inside a write, or answers the one that has this name and input. */
export type Start = (start: ExecutionStart, owner: string, leaseMs: number) => Started

export function openStarts(
  database: Database,
  { machines, queries, nextFence }: { machines: Machines; queries: Queries; nextFence: NextFence },
): Start {
  const insert = database.prepare(
    `INSERT INTO executions
       (id, name, flow, version, status, started_at, deadline, allowed_ms, fence, owner, lease_until, parent, machine)
     VALUES (:id, :name, :flow, :version, 'RUNNING', :startedAt, :deadline, :deadline - :startedAt,
       :fence, :owner, :until, :parent, :machine)`,
  )
  const insertData = database.prepare('INSERT INTO execution_data (execution, input) VALUES (?, ?)')

  return (start, owner, leaseMs) => {
    const known = queries.byName(start.flow, start.name)
    if (known !== undefined && sameJson(known.input, start.input)) return { kind: 'known', record: known }
    const taken = known ?? queries.get(start.id)
    if (taken !== undefined) throw new ExecutionNameTaken(taken, taken.status)

    const { id, name, flow, version, startedAt, deadline, parent = null } = start
    const lease = { owner, until: startedAt + leaseMs, fence: nextFence() }
    const machine = machines.keep(JSON.stringify(start.machine))
    const row = { id, name, flow, version, startedAt, deadline, parent, machine, ...lease }
    insertData.run(insert.run(row).lastInsertRowid, JSON.stringify(start.input))
    return { kind: 'started', record: { ...start, status: 'RUNNING', redrives: 0, lease }, lease }
  }
}
