import type { Job } from '../../core/systems/provider.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { boundsOf, pause } from './bounds.ts'
import type { Box, Parts } from './box.ts'
import { probe } from './ssh/probe.ts'

/** How a machine was last seen; `gone` once it is certain. */
export interface Seen {
  readonly gone: boolean
  readonly words: string
}

/**
 * Waits until a machine has gone away, or until `until` (milliseconds since the epoch). A power switch has the word where
 * there is one. Otherwise it is gone when nothing came back from it several times in a row; one that refuses
 * connections is still there, since something refuses them. Throws `SystemTrouble` only when the job is over.
 */
export async function watchItGo(parts: Parts, box: Box, until: number, job: Job): Promise<Seen> {
  const { pace } = parts
  let silences = 0
  let mute = box.power === undefined
  for (;;) {
    let words = ''
    if (box.power !== undefined && !mute) {
      const power = await powerOf(parts, box, job)
      if (power === 'off') return { gone: true, words: `its power is off by ${box.power.called}` }
      mute = power === 'mute'
      words = `${box.power.called} says that its power is ${power}`
    }
    if (mute) {
      const seen = await probe(parts, box, job)
      silences = seen.answer === 'silent' ? silences + 1 : 0
      words = seen.words
      if (silences >= pace.silences) return { gone: true, words }
    }
    if (job.clock.now() >= until) return { gone: false, words }
    await pause(job, box.name, pace.pauseMs)
  }
}

/** A switch that can't be asked must not keep us from seeing that a machine has gone. */
async function powerOf(
  { pace }: Parts,
  { name, power }: Box,
  job: Job,
): Promise<'on' | 'off' | 'unknown' | 'mute'> {
  try {
    return (await power?.state(boundsOf(job, name, pace.powerMs))) ?? 'mute'
  } catch (error) {
    if (!(error instanceof SystemTrouble)) throw error
    boundsOf(job, name, pace.powerMs)
    job.warn(`its power switch can't be asked, so silence counts: ${error.message}`)
    return 'mute'
  }
}
