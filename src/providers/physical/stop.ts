import type { Job, StopOptions } from '../../core/systems/provider.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { boundsOf } from './bounds.ts'
import type { Box, Parts } from './box.ts'
import { cutOff } from './cut-off.ts'
import { watchItGo } from './gone.ts'
import { askToGo } from './ssh/ask-to-go.ts'

/**
 * Shuts a machine down in order, over SSH or, where SSH doesn't let us, by its power button; and sees it go. What is
 * still there after `graceMs` is cut off if that is wanted and there is a power switch. Throws `SystemTrouble`.
 */
export async function stop(parts: Parts, box: Box, options: StopOptions, job: Job): Promise<void> {
  const { name, power } = box
  const until = job.clock.now() + options.graceMs
  job.stage('asking it to shut down')
  const asked = await askToGo(parts, box, 'off', job)
  if (!asked.taken) {
    if (power === undefined) throw silentIsNotOff(box, asked.why)
    const bounds = () => boundsOf(job, name, parts.pace.powerMs)
    if ((await power.state(bounds())) === 'off') return
    job.warn(`${asked.why.message}; its power button is pressed instead`)
    job.stage(`pressing its power button by ${power.called}`)
    await power.soft(bounds())
  }
  job.stage('waiting until it has gone')
  const seen = await watchItGo(parts, box, until, job)
  if (seen.gone) {
    parts.gone.add(name)
    return
  }
  const still = `${name} was asked to shut down and is still there after ${options.graceMs / 1_000} s (${seen.words})`
  if (!options.force)
    throw new SystemTrouble('timeout', `${still}. Give it more time, or force it where it has a power switch`)
  if (power === undefined)
    throw new SystemTrouble(
      'timeout',
      `${still}. It can't be cut off: no power (IPMI, Redfish) is configured for it. Press its button, or add power in machines of reops.config.ts`,
    )
  job.warn(`${still}; it is cut off`)
  await cutOff(parts, box, power, job)
}

/** A machine that was off all the time looks the same as one that is cut off from us. */
function silentIsNotOff({ name }: Box, why: SystemTrouble): SystemTrouble {
  if (why.code !== 'unreachable') return why
  return new SystemTrouble(
    why.code,
    `${why.message}. It is off, or it can't be reached from here: without power (IPMI, Redfish) in machines of reops.config.ts nothing tells which of ${name}`,
    { cause: why, detail: { ...why.detail } },
  )
}
