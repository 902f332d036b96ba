import * as z from 'zod'
import type { Context } from '../../../core/context.ts'
import { withDefinition } from '../../../core/operation/definition-of.ts'
import { define, fromStep, type Operation, task } from '../../../core/operation/operation.ts'
import { handedOn } from '../../../core/systems/system.ts'
import { systemsOf } from '../job/wired.ts'
import { type Description, descriptionOf, snapshotsMs } from './description.ts'
import { lookUp, withoutUserData } from './look-up.ts'

const definition = define({
  name: 'describeSystem',
  site: 'onprem',
  effect: 'read',
  schema: z.strictObject({ system: z.string().min(1).max(300) }),
  describe: ({ system }: { readonly system: string }) => `describe ${system}`,
  handle: async (_data: unknown, { system: word }, context: Context) => {
    const systems = systemsOf(context)
    const { clock, signal, step, progress } = context
    const system = await lookUp(await systems.store(), word)
    if (system === undefined) return null
    const description = await descriptionOf(system, systems, clock.now(), () => ({
      signal,
      clock,
      deadline: clock.now() + snapshotsMs,
      stage: stage => progress({ kind: 'stage', step, host: system.hostname, stage }),
      warn: () => {},
    }))
    const { holder, history, ...rest } = description
    return {
      ...rest,
      system: handedOn(system),
      ...(holder === undefined ? {} : { holder }),
      history: history.map(withoutUserData),
    }
  },
})

/**
 * All that is known of a system, by its hostname, its full name or its id: how it is reached, who is at work on it, its
 * snapshots and its history; `null` when there is none. Its user data stays in the store.
 *
 * @example
 * await run(describeSystem('redis-1'))
 */
export const describeSystem: (system: string) => Operation<void, Description | null> = withDefinition(
  (system: string) => fromStep(task(definition, { system })),
  definition,
)
