import type { JobStore, NewJob } from '../../src/core/jobs.ts'
import type { TaskRequest } from '../../src/core/task.ts'

/** A task as a state sends it, in which only what a test is about needs to be said. */
export function requestOf(said: Partial<TaskRequest> = {}): TaskRequest {
  return {
    operation: 'exec',
    args: { command: ['uptime'] },
    flow: 'listing',
    step: 'uptime',
    version: 'v1',
    execution: { id: 'e-1', name: 'e-1', startedAt: '2030-01-01T00:00:00.000Z' },
    data: { via: 'ssh', defaults: {}, hosts: [{ name: 'foo' }] },
    ...said,
  }
}

/** A job, in which only what a test is about needs to be said. */
export function jobOf(id: string, said: Partial<NewJob> = {}): NewJob {
  return {
    id,
    submitter: 'laptop',
    request: requestOf(),
    priority: 5,
    acceptedAt: 1000,
    deadline: 61_000,
    ...said,
  }
}

export interface OpenedJobs {
  readonly store: JobStore
  /** Closes what lies under the store, and removes it. */
  close(): Promise<void>
}
