import type { Job, Status } from '../../core/systems/provider.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { boundsOf } from './bounds.ts'
import type { Box, Parts } from './box.ts'
import { isRunning, type Probe, probe } from './ssh/probe.ts'

/**
 * How a machine stands. One that answers is running, even where it doesn't let us in. Of one that doesn't, a power switch
 * knows. Without one it is `stopped` when it was seen to go and has been silent since (`before`: the store says so), and
 * `unknown` otherwise: no answer alone is never taken for a fact.
 */
export async function statusOf(parts: Parts, box: Box, job: Job, before = false): Promise<Status> {
  const { name, machine } = box
  const { address, port } = machine
  const where: Partial<Status> = {
    ...(address === undefined
      ? { addressFrom: 'reached by its name', byName: true }
      : { address, addressFrom: 'the configuration' }),
    ...(port === undefined ? {} : { port }),
  }
  const seen = await probe(parts, box, job)
  if (isRunning(seen)) {
    parts.gone.delete(name)
    return { state: 'running', detail: wordsOf(seen), ...where }
  }
  if (box.power !== undefined) return { ...(await byPower(parts, box, seen, job)), ...where }
  if (seen.answer === 'silent' && (before || parts.gone.has(name)))
    return { state: 'stopped', detail: `was seen to go, and has been silent since (${seen.words})`, ...where }
  return { state: 'unknown', detail: wordsOf(seen), ...where }
}

async function byPower(parts: Parts, { name, power }: Box, seen: Probe, job: Job): Promise<Status> {
  try {
    const state = await power?.state(boundsOf(job, name, parts.pace.powerMs))
    if (state === 'off') return { state: 'stopped', detail: `its power is off by ${power?.called}` }
    const word = state === 'on' ? 'on' : 'neither on nor off'
    return {
      state: state === 'on' ? 'running' : 'unknown',
      detail: `its power is ${word} by ${power?.called}; ${wordsOf(seen)}`,
    }
  } catch (error) {
    if (!(error instanceof SystemTrouble)) throw error
    boundsOf(job, name, parts.pace.powerMs)
    return { state: 'unknown', detail: `${wordsOf(seen)}; and its power switch: ${error.message}` }
  }
}

function wordsOf({ answer, words }: Probe): string {
  switch (answer) {
    case 'up':
      return words
    case 'locked':
      return `answers, and SSH does not let us in: ${words}`
    case 'closed':
      return `answers, and SSH does not: ${words}`
    case 'silent':
      return `does not answer: it is off, or cut off from here (${words})`
    case 'stranger':
      return `somebody else answers at its address: ${words}`
    case 'unsure':
      return `can't be asked: ${words}`
  }
}
