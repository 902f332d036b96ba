import * as z from 'zod'
import type { Context } from '../../../core/context.ts'
import type { Host } from '../../../core/hosts.ts'
import { withDefinition } from '../../../core/operation/definition-of.ts'
import { define, fromStep, type Operation, task } from '../../../core/operation/operation.ts'
import type { SystemLease } from '../../../core/systems/store.ts'
import { handedOn, type System } from '../../../core/systems/system.ts'
import { systemsOf } from '../job/wired.ts'

/** A system as a list shows it: how it is reached, and who holds it now, where somebody does. */
export interface ListedSystem {
  readonly system: System
  readonly host: Host
  readonly holder?: SystemLease
}

const definition = define({
  name: 'listSystems',
  site: 'onprem',
  effect: 'read',
  schema: z.strictObject({}),
  describe: () => 'list systems',
  handle: async (_data: unknown, _args, context: Context) => {
    const systems = systemsOf(context)
    const store = await systems.store()
    const holders = await store.holders(context.clock.now())
    return (await store.list()).map((system): ListedSystem => {
      const holder = holders.get(system.id)
      const listed = { system: handedOn(system) as System, host: systems.hostOf(system) }
      return holder === undefined ? listed : { ...listed, holder }
    })
  },
})

/**
 * Every system that is known, with how it is reached and who is at work on it: what `reops list` shows. To act on systems,
 * select them by `systems()`. User data stays in the store.
 *
 * @example
 * await run(listSystems())
 */
export const listSystems: () => Operation<void, readonly ListedSystem[]> = withDefinition(
  () => fromStep(task(definition, {})),
  definition,
)
