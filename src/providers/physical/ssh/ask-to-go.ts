import { asked, farewell, said } from '../../../core/farewell.ts'
import { type CommandResult, HostTrouble } from '../../../core/ports.ts'
import type { Job } from '../../../core/systems/provider.ts'
import { SystemTrouble } from '../../../core/systems/trouble.ts'
import { boundsOf } from '../bounds.ts'
import type { Box, Parts } from '../box.ts'
import { printable } from '../printable.ts'

/** Whether a machine took it; if not, why it could not be asked. */
export type Taken = { readonly taken: true } | { readonly taken: false; readonly why: SystemTrouble }

/** A busy machine needs some time for the answer. Ending the command earlier might end the shutdown with it. */
const answerMs = 60_000

/**
 * Asks a machine over SSH to shut down (`off`) or to start anew (`again`). A connection that breaks in the middle is what
 * a machine does that goes; whether it did is confirmed by whoever waits for it. Throws `SystemTrouble` only when
 * the job is over.
 */
export async function askToGo(
  { hosts, pace }: Parts,
  box: Box,
  to: 'off' | 'again',
  job: Job,
): Promise<Taken> {
  try {
    const remote = await hosts.open('ssh', box.host, boundsOf(job, box.name, pace.probeMs))
    const bounds = boundsOf(job, box.name, answerMs)
    const result = await remote.exec(['sh', '-c', farewell, 'sh', to], bounds)
    return result.exit === 0 ? took(result, job) : { taken: false, why: refusal(box, to, result) }
  } catch (error) {
    if (!(error instanceof HostTrouble)) throw error
    boundsOf(job, box.name, answerMs)
    if (error.code === 'unknown' || error.code === 'timeout') return { taken: true }
    return { taken: false, why: cannotAsk(box, to, error) }
  }
}

function took({ stdout }: CommandResult, job: Job): Taken {
  const words = said(stdout, asked)
  if (words !== undefined) job.stage(`it took ${printable(words)}`)
  return { taken: true }
}

function refusal({ name }: Box, to: 'off' | 'again', { stderr, exit }: CommandResult): SystemTrouble {
  const why = printable(stderr) || `its shell ended with ${exit ?? 'a signal'}`
  return new SystemTrouble(
    'exit',
    `${name} did not take to be ${to === 'off' ? 'shut down' : 'restarted'}: ${why}. Let its user do that by sudo without a password, or name root as its user`,
    { detail: { exit, stderr } },
  )
}

function cannotAsk({ name }: Box, to: 'off' | 'again', error: HostTrouble): SystemTrouble {
  return new SystemTrouble(
    error.code,
    `${name} could not be asked to ${to === 'off' ? 'shut down' : 'restart'}. ${error.message}`,
    { cause: error, detail: { ...error.detail } },
  )
}
