import * as z from 'zod'
import { verbInCloud } from './in-cloud.ts'
import { refuseHalfMade } from './job/half-made.ts'
import { move } from './job/move.ts'
import { type JobOptions, jobOptions } from './job/options.ts'
import { untilReady } from './job/ready.ts'
import { systemOperation, worked } from './job/system-operation.ts'

/**
 * Waits until systems run, have an address and answer SSH, as `start` and `create` do by themselves. A failure names
 * what was waited for, how long, and the last reason.
 *
 * @example
 * await run(pipe(start(hosts(['nas']), { ready: false }), wait('30s'), ready(), pretty()))
 */
export const ready = systemOperation({
  name: 'ready',
  effect: 'idempotent',
  schema: z.strictObject({ options: z.strictObject(jobOptions).prefault({}) }),
  args: (options: JobOptions = {}) => ({ options }),
  limits: ({ options }) => options,
  inCloud: verbInCloud('ready'),
  each: async (at, _args, context) => {
    refuseHalfMade(at, 'wait for')
    await move(at, at.system.state, () => untilReady(at, context))
    return worked(at)
  },
})
