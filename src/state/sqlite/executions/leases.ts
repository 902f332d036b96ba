import { LeaseLost, UnknownExecution, WrongStatus } from '../../../core/execution-errors.ts'
import type { ExecutionLease, ExecutionStatus } from '../../../core/executions.ts'
import type { Database } from '../database.ts'
import type { NextFence } from '../fences.ts'

/** Who may write to an execution. Every method but `refuseLost` belongs inside a write. */
export interface Leases {
  /** Throws at once for a lease that is known to be lost. */
  refuseLost(id: string, fence: number): void
  /** The number of an execution whose lease is held under this fence; throws `LeaseLost` otherwise. */
  held(id: string, fence: number): number
  acquire(id: string, owner: string, until: number, now: number): ExecutionLease | undefined
  reopen(id: string, owner: string, until: number, at: number): ExecutionLease
  renew(id: string, fence: number, until: number): ExecutionLease
  release(id: string, fence: number): void
}

interface LeaseRow {
  readonly number: number
  readonly status: ExecutionStatus
  readonly fence: number
  readonly owner: string | null
  readonly lease_until: number | null
}

export function openLeases(database: Database, nextFence: NextFence): Leases {
  const select = database.prepare(
    'SELECT number, status, fence, owner, lease_until FROM executions WHERE id = ?',
  )
  const grant = database.prepare(
    'UPDATE executions SET owner = ?, lease_until = ?, fence = ? WHERE number = ?',
  )
  const prolong = database.prepare('UPDATE executions SET lease_until = ? WHERE number = ?')
  const giveBack = database.prepare('UPDATE executions SET owner = NULL, lease_until = NULL WHERE number = ?')
  const runAgain = database.prepare(
    `UPDATE executions SET status = 'RUNNING', redrives = redrives + 1, deadline = ? + allowed_ms,
       stopped_at = NULL, ending = NULL WHERE number = ?`,
  )
  const forgetOutput = database.prepare('UPDATE execution_data SET output = NULL WHERE execution = ?')
  const forgetRequests = database.prepare('DELETE FROM requests WHERE execution = ?')
  /** The leases that this process was found to have lost. */
  const lost = new Set<string>()

  const find = (id: string) => select.get(id) as LeaseRow | undefined
  const take = (row: LeaseRow, owner: string, until: number): ExecutionLease => {
    const fence = nextFence()
    grant.run(owner, until, fence, row.number)
    return { owner, until, fence }
  }
  const check = (id: string, fence: number): LeaseRow => {
    const row = find(id)
    if (row !== undefined && row.fence === fence && row.owner !== null) return row
    lost.add(`${fence} ${id}`)
    throw new LeaseLost(id, fence)
  }

  return {
    refuseLost(id, fence) {
      if (lost.has(`${fence} ${id}`)) throw new LeaseLost(id, fence)
    },
    held: (id, fence) => check(id, fence).number,
    acquire(id, owner, until, now) {
      const row = find(id)
      if (row?.status !== 'RUNNING') return undefined
      if (row.lease_until !== null && row.lease_until > now) return undefined
      return take(row, owner, until)
    },
    reopen(id, owner, until, at) {
      const row = find(id)
      if (row === undefined) throw new UnknownExecution(id)
      if (row.status === 'RUNNING' || row.status === 'SUCCEEDED')
        throw new WrongStatus(id, row.status, 'one that failed, timed out or was aborted can be redriven')
      runAgain.run(at, row.number)
      forgetOutput.run(row.number)
      forgetRequests.run(row.number)
      return take(row, owner, until)
    },
    renew(id, fence, until) {
      const { number, owner } = check(id, fence)
      prolong.run(until, number)
      return { owner: String(owner), until, fence }
    },
    release(id, fence) {
      giveBack.run(check(id, fence).number)
    },
  }
}
