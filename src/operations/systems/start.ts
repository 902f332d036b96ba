import * as z from 'zod'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { requireAble } from './job/able.ts'
import type { AtWork } from './job/at-work.ts'
import { changeBy, move } from './job/move.ts'
import { type JobOptions, jobOptions, type ReadyOptions, readyOptions } from './job/options.ts'
import { untilReady } from './job/ready.ts'
import { systemOperation, worked } from './job/system-operation.ts'

/** How systems are started. */
export interface StartOptions extends JobOptions, ReadyOptions {}

/**
 * Starts systems, and waits until each runs, has an address and answers SSH. One that runs already is found so. One
 * that runs but does not answer is left `broken` at the stage that it waited for, and fails.
 *
 * @example
 * await run(pipe(systems(typed('redis'), stopped), start(), exec('uptime'), pretty()))
 * await run(start(hosts(['redis-1', 'redis-2']), { ready: false }))
 */
export const start = systemOperation({
  name: 'start',
  effect: 'idempotent',
  schema: z.strictObject({ options: z.strictObject({ ...jobOptions, ...readyOptions }).prefault({}) }),
  args: (options: StartOptions = {}) => ({ options }),
  limits: ({ options }) => options,
  each: async (at, { options }, context) => {
    await requireAble(at, 'start', (provider, job) => provider.start(at.system, job))
    refuseHalfMade(at, 'start')
    await move(at, 'starting', async () => {
      at.job.stage('starting')
      await at.ask((provider, job) => provider.start(at.system, job))
      if (options.ready) return untilReady(at, context)
      return changeBy(await at.ask((provider, job) => provider.status(at.system, job)))
    })
    return worked(at)
  },
})

/** What was not wholly made, or is half destroyed, is for `repair` and `destroy` alone. */
export function refuseHalfMade({ system }: AtWork, what: string): void {
  const { state, stage, hostname, ref } = system
  const half = state === 'creating' || state === 'destroying' || (state === 'broken' && ref === undefined)
  if (!half) return
  const at = stage === undefined ? '' : ` at the stage ${JSON.stringify(stage)}`
  const message = `${hostname} is ${state}${at}: what began was not finished, so that there is nothing to ${what}; reops repair ${hostname} goes on with it, reops destroy ${hostname} takes it away`
  throw new SystemTrouble('refused', message, { detail: { state, stage } })
}
