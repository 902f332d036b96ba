import type { Job } from '../../core/systems/provider.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'

/** What one wait keeps to: the job's own end and its cancelling, and milliseconds of its own. */
export interface Bounds {
  readonly signal: AbortSignal
  readonly timeout: number
}

/** The longest time that a timer takes. */
const longest = 2 ** 31 - 1

/** Bounds for something that may take `ms` at most. Throws `SystemTrouble` when the job is over already. */
export function boundsOf(job: Job, what: string, ms: number): Bounds {
  if (job.signal.aborted) throw new SystemTrouble('cancelled', `${what}: cancelled`)
  const left = Math.min(job.deadline - job.clock.now(), longest)
  if (left <= 0) throw new SystemTrouble('timeout', `${what}: the time for it is over`)
  return {
    signal: AbortSignal.any([job.signal, AbortSignal.timeout(Math.ceil(left))]),
    timeout: Math.max(1, Math.min(ms, left)),
  }
}

/** Waits about so long, and not past the job's deadline. Throws `SystemTrouble` when the job is over. */
export async function pause(job: Job, what: string, ms: number): Promise<void> {
  const { timeout } = boundsOf(job, what, ms * (0.75 + Math.random() / 2))
  try {
    await job.clock.sleep(timeout, job.signal)
  } catch (error) {
    boundsOf(job, what, ms)
    throw error
  }
}
