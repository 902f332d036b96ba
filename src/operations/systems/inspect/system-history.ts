import * as z from 'zod'
import type { Context } from '../../../core/context.ts'
import { withDefinition } from '../../../core/operation/definition-of.ts'
import { define, fromStep, type Operation, task } from '../../../core/operation/operation.ts'
import { systemsOf } from '../job/wired.ts'
import { pastOf, type SystemPast } from './history.ts'
import { withoutUserData } from './look-up.ts'

const definition = define({
  name: 'systemHistory',
  site: 'onprem',
  effect: 'read',
  schema: z.strictObject({ system: z.string().min(1).max(300) }),
  describe: ({ system }: { readonly system: string }) => `history of ${system}`,
  handle: async (_data: unknown, { system }, context: Context): Promise<SystemPast> => {
    const past = await pastOf(await systemsOf(context).store(), system, context.clock.now())
    return past.kind === 'one' ? { ...past, history: past.history.map(withoutUserData) } : past
  },
})

/**
 * What became of a system, newest last, also of one that is gone: by its hostname, its full name or its id.
 *
 * @example
 * await run(systemHistory('redis-1'))
 */
export const systemHistory: (system: string) => Operation<void, SystemPast> = withDefinition(
  (system: string) => fromStep(task(definition, { system })),
  definition,
)
