import * as z from 'zod'
import type { Context } from '../../core/context.ts'
import { defined } from '../../core/defined.ts'
import type { Duration } from '../../core/duration.ts'
import { withDefinition } from '../../core/operation/definition-of.ts'
import { define, fromStep, type Operation, task } from '../../core/operation/operation.ts'
import { span } from '../systems/job/options.ts'
import { closetName } from './members.ts'
import { goDown, goUp } from './way.ts'

const schema = z.strictObject({
  way: z.enum(['down', 'up']),
  closet: closetName,
  /** Seconds that a bring-up waits. */
  wait: span.default(900),
})

type Args = z.output<typeof schema>

const definition = define({
  name: 'closetTurn',
  site: 'onprem',
  effect: 'idempotent',
  schema,
  // What it is given goes on.
  passes: true,
  describe: ({ way, closet, wait }: Args) =>
    way === 'down'
      ? `whoever brings ${closet} up gives way`
      : `wait up to ${wait}s for whoever shuts ${closet} down`,
  handle: async (data: unknown, { way, closet, wait }: Args, context: Context) => {
    if (way === 'down') await goDown(closet, context)
    else await goUp(closet, wait * 1_000, context)
    return data
  },
})

/** Which way a closet goes next. */
export interface ClosetTurn {
  readonly way: 'down' | 'up'
  /** The closet's name, as the other steps have it; `closet` when left out. */
  readonly closet?: string | undefined
  /** How long a bring-up waits for those who shut down; 15 minutes. */
  readonly wait?: Duration | 0 | undefined
}

/**
 * Begins a closet's sequence, before it is looked up who belongs to it: on the way down, bring-ups under way give way; on the
 * way up, shutdowns under way are waited for, and `ClosetBusy` is thrown when that takes too long. Data goes on unchanged.
 *
 * @example
 * pipe(closetTurn({ way: 'down' }), toShutDown(), shutdownStage('guests'), pretty())
 */
export function closetTurn({ way, closet, wait }: ClosetTurn): Operation<any, any> {
  return fromStep(task(definition, { way, ...defined({ closet, wait }) }))
}

withDefinition(closetTurn, definition)
