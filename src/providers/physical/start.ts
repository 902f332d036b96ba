import type { Job } from '../../core/systems/provider.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { boundsOf } from './bounds.ts'
import type { Box, Parts } from './box.ts'
import { probe } from './ssh/probe.ts'
import { wake } from './wake/wake.ts'

/**
 * Starts a machine: by its power switch where it has one, or else by magic packets. One that answers is left alone.
 * That it is on its way is all that this promises; whoever needs it asks for SSH. Throws `SystemTrouble`.
 */
export async function start(parts: Parts, box: Box, job: Job): Promise<void> {
  const { name, machine, power } = box
  parts.gone.delete(name)
  job.stage('asking whether it answers')
  const { answer } = await probe(parts, box, job)
  if (answer === 'up' || answer === 'locked') return
  if (power !== undefined) {
    const bounds = () => boundsOf(job, name, parts.pace.powerMs)
    if ((await power.state(bounds())) === 'on') return
    job.stage(`switching its power on by ${power.called}`)
    return power.on(bounds())
  }
  if (machine.mac !== undefined) return wake(parts, box, machine.mac, job)
  throw new SystemTrouble(
    'refused',
    `${name}: nothing says how it is started; give it mac (Wake-on-LAN) or power (IPMI, Redfish) in machines of reops.config.ts`,
  )
}
