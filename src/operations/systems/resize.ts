import * as z from 'zod'
import type { OrRef } from '../../core/ref.ts'
import { cpu, disk, ram } from '../../core/systems/parts.ts'
import type { Placed } from '../../core/systems/provider.ts'
import { requireAble } from './job/able.ts'
import type { Call } from './job/at-work.ts'
import { refuseHalfMade } from './job/half-made.ts'
import { changeBy, move, sizesOf } from './job/move.ts'
import { type JobOptions, jobOptions } from './job/options.ts'
import { systemOperation, worked } from './job/system-operation.ts'

/** What systems are to have; what is left out stays. */
export interface ResizeTo {
  readonly cpu?: OrRef<number> | undefined
  /** MiB. */
  readonly ram?: OrRef<number> | undefined
  /** GiB of the system's own disk, which only grows. */
  readonly disk?: OrRef<number> | undefined
}

const size = z
  .strictObject({ cpu: cpu.optional(), ram: ram.optional(), disk: disk.optional() })
  .refine(to => Object.values(to).some(value => value !== undefined), 'name a size: cpu, ram or disk')

/**
 * Gives systems other sizes. Whether that is possible while they run, their provider says.
 *
 * @example
 * await run(pipe(systems(typed('redis')), stop(), resize({ cpu: 4, ram: 8192 }), start(), pretty()))
 */
export const resize = systemOperation({
  name: 'resize',
  effect: 'idempotent',
  schema: z.strictObject({ to: size, options: z.strictObject(jobOptions).prefault({}) }),
  args: (to: ResizeTo, options: JobOptions = {}) => ({ to, options }),
  limits: ({ options }) => options,
  describe: ({ to }) => `resize to ${said(to)}`,
  each: async (at, { to }) => {
    const call: Call<Placed> = (provider, job) => provider.resize(at.system, to, job)
    await requireAble(at, 'resize', call)
    refuseHalfMade(at, 'resize')
    await move(at, at.system.state, async () => {
      at.job.stage(`resizing to ${said(to)}`)
      const placed = await at.ask(call)
      return { ...sizesOf({ ...to, ...placed }), ...changeBy(placed) }
    })
    return worked(at)
  },
})

function said({ cpu, ram, disk }: z.output<typeof size>): string {
  return [cpu && `${cpu} cpu`, ram && `${ram} MiB`, disk && `${disk} GiB`].filter(Boolean).join(', ')
}
