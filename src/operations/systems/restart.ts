import * as z from 'zod'
import { verbInCloud } from './in-cloud.ts'
import { requireAble } from './job/able.ts'
import type { Call } from './job/at-work.ts'
import { elapsed, mark } from './job/by-slices.ts'
import { refuseHalfMade } from './job/half-made.ts'
import { changeBy, move } from './job/move.ts'
import { jobOptions, type ReadyOptions, readyOptions } from './job/options.ts'
import { untilReady } from './job/ready.ts'
import { systemOperation, worked } from './job/system-operation.ts'
import { type StopOptions, stopOptions } from './stop.ts'

/** How systems are restarted. */
export interface RestartOptions extends StopOptions, ReadyOptions {}

/**
 * Restarts systems, gracefully as `stop` does, and waits until each answers SSH again. One that is stopped is started.
 *
 * @example
 * await run(pipe(systems(hypervisor('big-iron'), running), restart({ perNode: 1 }), pretty()))
 */
export const restart = systemOperation({
  name: 'restart',
  effect: 'idempotent',
  schema: z.strictObject({
    options: z.strictObject({ ...jobOptions, ...stopOptions, ...readyOptions }).prefault({}),
  }),
  args: (options: RestartOptions = {}) => ({ options }),
  limits: ({ options }) => options,
  inCloud: verbInCloud('restart'),
  each: async (at, { options }, context) => {
    const how = { graceMs: Math.max(0, options.grace * 1_000 - elapsed(context)), force: options.force }
    const call: Call<void> = (provider, job) => provider.restart(at.system, how, job)
    await requireAble(at, 'restart', call)
    refuseHalfMade(at, 'restart')
    await move(at, 'starting', async () => {
      at.job.stage('restarting')
      // What was restarted in an earlier slice is only waited for.
      if (at.turn?.marks.restarted === undefined) await at.ask(call)
      mark(context, 'restarted')
      if (options.ready) return untilReady(at, context)
      return changeBy(await at.ask((provider, job) => provider.status(at.system, job)))
    })
    return worked(at)
  },
})
