import * as z from 'zod'
import { plainName } from '../../core/systems/parts.ts'
import type { Placed } from '../../core/systems/provider.ts'
import { requireAble } from './job/able.ts'
import type { Call } from './job/at-work.ts'
import { refuseHalfMade } from './job/half-made.ts'
import { changeBy, move } from './job/move.ts'
import { type JobOptions, jobOptions, type ReadyOptions, readyOptions } from './job/options.ts'
import { untilReady } from './job/ready.ts'
import { systemOperation, worked } from './job/system-operation.ts'

/**
 * Takes a snapshot of systems as they are, under a name by which `revert` finds it.
 *
 * @example
 * await run(pipe(systems(typed('redis')), snapshot('before-upgrade'), exec('apt-get -y upgrade'), pretty()))
 */
export const snapshot = systemOperation({
  name: 'snapshot',
  effect: 'idempotent',
  schema: z.strictObject({ name: plainName, options: z.strictObject(jobOptions).prefault({}) }),
  args: (name: string, options: JobOptions = {}) => ({ name, options }),
  limits: ({ options }) => options,
  describe: ({ name }) => `snapshot ${name}`,
  each: async (at, { name }) => {
    const call: Call<void> = (provider, job) => provider.snapshot(at.system, name, job)
    await requireAble(at, 'snapshot', call)
    refuseHalfMade(at, 'snapshot')
    await move(at, at.system.state, async () => {
      at.job.stage(`taking the snapshot ${name}`)
      await at.ask(call)
      return {}
    })
    return worked(at)
  },
})

/** How systems are taken back to a snapshot. */
export interface RevertOptions extends JobOptions, ReadyOptions {}

/**
 * Takes systems back to a snapshot; what happened since is lost. One that ran then runs again, and is waited for.
 *
 * @example
 * await run(pipe(systems(typed('redis')), revert('before-upgrade'), pretty()))
 */
export const revert = systemOperation({
  name: 'revert',
  effect: 'idempotent',
  schema: z.strictObject({
    name: plainName,
    options: z.strictObject({ ...jobOptions, ...readyOptions }).prefault({}),
  }),
  args: (name: string, options: RevertOptions = {}) => ({ name, options }),
  limits: ({ options }) => options,
  describe: ({ name }) => `revert to ${name}`,
  each: async (at, { name, options }, context) => {
    const call: Call<Placed> = (provider, job) => provider.revert(at.system, name, job)
    await requireAble(at, 'revert', call)
    refuseHalfMade(at, 'revert')
    await move(at, 'starting', async () => {
      at.job.stage(`reverting to ${name}`)
      const { cpu, ram, disk } = await at.ask(call)
      // At once, since they are so whether or not it becomes ready.
      await at.change({ cpu, ram, disk })
      const status = await at.ask((provider, job) => provider.status(at.system, job))
      return status.state === 'running' && options.ready ? untilReady(at, context) : changeBy(status)
    })
    return worked(at)
  },
})
