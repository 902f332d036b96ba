import { HostTrouble } from '../../../core/ports.ts'
import type { Job } from '../../../core/systems/provider.ts'
import { boundsOf } from '../bounds.ts'
import type { Box, Parts } from '../box.ts'

/**
 * What a machine gives back when it is asked.
 *
 * - `up`: SSH let us in and did what it was told.
 * - `locked`: SSH answers and doesn't let us in. The machine is running.
 * - `closed`: the machine answers, and its SSH doesn't (yet, or any more). It is running.
 * - `silent`: nothing comes back from where it should be. It is off, or something on the way is cut.
 * - `stranger`: somebody else answers at its address, by the host key.
 * - `unsure`: the question did not get there, or the connection broke in the middle.
 */
export type Answer = 'up' | 'locked' | 'closed' | 'silent' | 'stranger' | 'unsure'

export interface Probe {
  readonly answer: Answer
  /** The answer in words. */
  readonly words: string
  /** What the command said, of one that is `up`. */
  readonly stdout: string
}

/** Asks a machine once whether it answers. Throws `SystemTrouble` only when the job is over. */
export async function probe(
  { hosts, pace }: Parts,
  { name, host }: Box,
  job: Job,
  command: readonly string[] = ['true'],
): Promise<Probe> {
  const bounds = boundsOf(job, name, pace.probeMs)
  try {
    const remote = await hosts.open('ssh', host, bounds)
    const { stdout } = await remote.exec(command, bounds)
    return { answer: 'up', words: 'SSH answers', stdout }
  } catch (error) {
    if (!(error instanceof HostTrouble)) throw error
    boundsOf(job, name, pace.probeMs)
    return { answer: answerIn(error), words: error.message, stdout: '' }
  }
}

/** Whether the machine itself said something, which only a running one does. */
export function isRunning({ answer }: Probe): boolean {
  return answer === 'up' || answer === 'locked' || answer === 'closed'
}

/** What a failure to reach a host says about the host. */
export function answerIn({ code, detail, cause }: HostTrouble): Answer {
  switch (code) {
    case 'auth':
      // The jump host's own no says nothing of the machine behind it.
      return 'jump' in detail ? 'unsure' : 'locked'
    case 'host-key':
      return 'jump' in detail ? 'unsure' : 'stranger'
    case 'unreachable':
      return 'jump' in detail ? throughJump(cause) : directly(detail)
    default:
      return 'unsure'
  }
}

/** Past the connection's first stage somebody has answered, though not as SSH does. */
function directly({ stage, errno }: HostTrouble['detail']): Answer {
  if (stage === undefined) return 'unsure'
  if (stage !== 'connection') return 'closed'
  switch (errno) {
    case 'ECONNREFUSED':
    case 'ECONNRESET':
      return 'closed'
    case undefined:
    case 'EHOSTUNREACH':
    case 'EHOSTDOWN':
    case 'ETIMEDOUT':
      return 'silent'
    default:
      // A name that doesn't resolve, a network that we are not on, a firewall of our own.
      return 'unsure'
  }
}

/** A jump host says how its own connecting ended, in the words of its operating system. */
function throughJump(cause: unknown): Answer {
  if (!(cause instanceof Error) || cause instanceof HostTrouble) return 'unsure'
  if (/connection refused|reset by peer/i.test(cause.message)) return 'closed'
  return /no route to host|host is (?:down|unreachable)|timed out/i.test(cause.message) ? 'silent' : 'unsure'
}
