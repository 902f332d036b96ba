import type { Job } from '../../src/core/systems/provider.ts'
import type { System } from '../../src/core/systems/system.ts'
import { SystemTrouble } from '../../src/core/systems/trouble.ts'

/** Where a call may be disturbed: `create` at its beginning, `create:cloning the disk` at a stage of it. */
export type Moment = string

/**
 * What happens at a moment: it fails with this, after so many milliseconds it goes on (deaf to what it is told
 * meanwhile, or not), it hangs until it is told to stop or its deadline has passed, or it hangs whatever it is told. A
 * function does something and decides.
 */
export type Mischief =
  | SystemTrouble
  | Error
  | { readonly slow: number }
  | { readonly deaf: number }
  | 'hang'
  | 'ignore everything'
  | ((system: System | undefined, job: Job) => Mischief | undefined | Promise<Mischief | undefined>)

/** Does it. */
export async function play(mischief: Mischief, system: System | undefined, job: Job): Promise<void> {
  if (typeof mischief === 'function') {
    const decided = await mischief(system, job)
    if (decided !== undefined) await play(decided, system, job)
    return
  }
  if (mischief instanceof Error) throw mischief
  if (mischief === 'ignore everything') return new Promise(() => {})
  if (mischief === 'hang') {
    await job.clock.sleep(Math.max(0, job.deadline - job.clock.now()), job.signal).catch(() => {
      throw new SystemTrouble('cancelled', 'stopped when told to')
    })
    throw new SystemTrouble('timeout', 'its time was over')
  }
  if ('slow' in mischief) await job.clock.sleep(mischief.slow, job.signal)
  else await job.clock.sleep(mischief.deaf)
}
