import { UnknownExecution, WrongStatus } from '../../../core/execution-errors.ts'
import type { ExecutionRequest, ExecutionStatus } from '../../../core/executions.ts'
import type { Database } from '../database.ts'

/** What other processes ask of running executions. */
export interface Requests {
  /** Inside a write. */
  add(id: string, request: ExecutionRequest): void
  of(id: string): ExecutionRequest[]
}

export function openRequests(database: Database): Requests {
  const target = database.prepare('SELECT number, status FROM executions WHERE id = ?')
  const insert = database.prepare('INSERT INTO requests (execution, request) VALUES (?, ?)')
  const select = database.prepare(
    `SELECT request FROM requests WHERE execution = (SELECT number FROM executions WHERE id = ?)
     ORDER BY number`,
  )
  return {
    add(id, request) {
      const found = target.get(id) as { number: number; status: ExecutionStatus } | undefined
      if (found === undefined) throw new UnknownExecution(id)
      if (found.status !== 'RUNNING') throw new WrongStatus(id, found.status, 'a running one takes requests')
      insert.run(found.number, JSON.stringify(request))
    },
    of: id => select.all(id).map(({ request }) => JSON.parse(String(request)) as ExecutionRequest),
  }
}
