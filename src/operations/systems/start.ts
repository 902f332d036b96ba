import * as z from 'zod'
import type { Context } from '../../core/context.ts'
import { verbInCloud } from './in-cloud.ts'
import { requireAble } from './job/able.ts'
import type { AtWork, Call } from './job/at-work.ts'
import { refuseHalfMade } from './job/half-made.ts'
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
  inCloud: verbInCloud('start'),
  each: async (at, { options }, context) => {
    await startHeld(at, options.ready, context)
    return worked(at)
  },
})

/** Starts a held system, and waits for it where that is wanted. */
export async function startHeld(at: AtWork, ready: boolean, context: Context): Promise<void> {
  const call: Call<void> = (provider, job) => provider.start(at.system, job)
  await requireAble(at, 'start', call)
  refuseHalfMade(at, 'start')
  await move(at, 'starting', async () => {
    at.job.stage('starting')
    await at.ask(call)
    if (ready) return untilReady(at, context)
    return changeBy(await at.ask((provider, job) => provider.status(at.system, job)))
  })
}
