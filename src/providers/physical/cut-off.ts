import type { Job } from '../../core/systems/provider.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { boundsOf, pause } from './bounds.ts'
import type { Box, Parts } from './box.ts'
import type { PowerControl } from './power/control.ts'

/** Cuts a machine's power and waits until the switch says so. Throws `SystemTrouble`. */
export async function cutOff({ pace }: Parts, { name }: Box, power: PowerControl, job: Job): Promise<void> {
  const bounds = () => boundsOf(job, name, pace.powerMs)
  job.stage(`cutting its power off by ${power.called}`)
  await power.off(bounds())
  const until = job.clock.now() + pace.cutMs
  while ((await power.state(bounds())) !== 'off') {
    if (job.clock.now() >= until)
      throw new SystemTrouble(
        'timeout',
        `${name}: ${power.called} was told to cut its power off, and after ${pace.cutMs / 1_000} s it still is not off`,
      )
    await pause(job, name, pace.pauseMs)
  }
}
