import * as z from 'zod'
import type { Duration } from '../../core/duration.ts'
import type { OrRef } from '../../core/ref.ts'
import type { StopOptions as HowToStop } from '../../core/systems/provider.ts'
import { verbInCloud } from './in-cloud.ts'
import { requireAble } from './job/able.ts'
import type { AtWork, Call } from './job/at-work.ts'
import { elapsed } from './job/by-slices.ts'
import { refuseHalfMade } from './job/half-made.ts'
import { changeBy, move } from './job/move.ts'
import { type JobOptions, jobOptions, span } from './job/options.ts'
import { systemOperation, worked } from './job/system-operation.ts'

/** How systems are stopped. */
export interface StopOptions extends JobOptions {
  /** How long a system may take to end by itself; two minutes when left out. */
  readonly grace?: OrRef<Duration | 0> | undefined
  /** Cuts it off when its grace is over; otherwise that is a failure, and it goes on running. */
  readonly force?: OrRef<boolean> | undefined
}

/** What stopping is told, as data. */
export const stopOptions = { grace: span.default(120), force: z.boolean().default(false) }

/**
 * Stops systems by asking their operating systems to shut down. One that has not ended within its grace fails with
 * code `timeout` and goes on running, unless `force` cuts it off then. One that is stopped already is found so.
 *
 * @example
 * await run(pipe(systems(tagged('staging')), stop({ grace: '1m', force: true }), pretty()))
 */
export const stop = systemOperation({
  name: 'stop',
  effect: 'idempotent',
  schema: z.strictObject({ options: z.strictObject({ ...jobOptions, ...stopOptions }).prefault({}) }),
  args: (options: StopOptions = {}) => ({ options }),
  limits: ({ options }) => options,
  describe: ({ options }) => (options.force ? 'stop, by force if need be' : 'stop'),
  inCloud: verbInCloud('stop'),
  each: async (at, { options }, context) => {
    const how = { graceMs: Math.max(0, options.grace * 1_000 - elapsed(context)), force: options.force }
    await stopHeld(at, how)
    return worked(at)
  },
})

/** Stops a held system. */
export async function stopHeld(at: AtWork, how: HowToStop): Promise<void> {
  const call: Call<void> = (provider, job) => provider.stop(at.system, how, job)
  await requireAble(at, 'stop', call)
  refuseHalfMade(at, 'stop')
  await move(at, 'stopping', async () => {
    at.job.stage('stopping')
    await at.ask(call)
    return changeBy(await at.ask((provider, job) => provider.status(at.system, job)))
  })
}
