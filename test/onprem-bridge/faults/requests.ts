import type { Json } from '../../../src/core/json.ts'
import type { TaskRequest } from '../../../src/core/task.ts'

/** A task of one of `operations.ts`, as a pipeline that has no flow at the bridge would send it. */
export function requestTo(operation: string, args: Json, data: Json = null): TaskRequest {
  return {
    operation,
    args,
    flow: 'adhoc',
    step: operation,
    version: '1',
    execution: { id: 'one', name: 'one', startedAt: '2030-01-01T00:00:00.000Z' },
    data,
  }
}
