import { BridgeBusy, BridgeRefused, BridgeUnreachable, TaskFailed } from '../../../core/bridge.ts'
import { terminalErrors } from '../../../core/errors.ts'
import { JobTaken } from '../../../core/jobs.ts'
import type { NoMoreSessions } from './link.ts'

/** Nobody could be reached in time, and the bridge was given nothing. */
export function unreachable(url: string, seconds: number, why: string | undefined): BridgeUnreachable {
  return new BridgeUnreachable(
    `the bridge at ${url} could not be reached within ${seconds} s${because(why)}; it was given nothing. See that it runs (reops bridge status on its machine), that the address and the port are right and open to here, and that bridge.key is its key`,
  )
}

/** The bridge doesn't let us in, or does not take what we ask. */
export function refused(url: string, why: string | undefined): BridgeRefused {
  return new BridgeRefused(
    `the bridge at ${url} refuses this${because(why)}. If it does not know our key, reops keys show client prints it here, and reops keys new <name> --public='<key>' lets it in there`,
  )
}

/** There will be no session any more, and the bridge was given nothing. */
export function noMore(url: string, { closed, message }: NoMoreSessions): BridgeRefused | BridgeUnreachable {
  if (!closed) return refused(url, message)
  return new BridgeUnreachable(
    `the connection to the bridge at ${url} was closed here before it was given this`,
  )
}

/** Why a job was not taken, by the name that it has in this process where it would have failed here as well. */
export function notTaken(url: string, error: string, cause: string): Error {
  if (error === 'JobTaken') return new JobTaken(cause)
  if (terminalErrors.includes(error)) return new TaskFailed(error, cause)
  return refused(url, `${error}: ${cause}`)
}

export function busy(url: string, why: string, retryAfterMs: number): BridgeBusy {
  return new BridgeBusy(
    `the bridge at ${url} has as much to do as it takes and did not come to this in its time: ${why}`,
    retryAfterMs,
  )
}

/** It was given to the bridge, and nobody can say what became of it. */
export function lost(url: string, id: string, why: string | undefined): TaskFailed {
  return new TaskFailed(
    'Unknown',
    `the bridge at ${url} was given this as job ${id} and its answer did not come${because(why)}: it may have done its work, wholly or in part, and may still be at it, or it may not have begun. Look at what it acts on; the bridge itself says what became of the job`,
  )
}

/** It was done, and what it answered can't be had. */
export function unread(url: string, id: string, why: string): TaskFailed {
  return new TaskFailed(
    'Unknown',
    `the bridge at ${url} answered job ${id}, and what it answered could not be fetched: ${why}. The work is done; look at what it acts on before it is repeated`,
  )
}

function because(why: string | undefined): string {
  return why === undefined || why === '' ? '' : ` (${why})`
}
