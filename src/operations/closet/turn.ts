import * as z from 'zod'
import type { Context } from '../../core/context.ts'
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

/** Begins a closet's sequence: a shutdown makes bring-ups give way, and a bring-up waits for shutdowns. */
export function closetTurn(args: z.input<typeof schema>): Operation<any, any> {
  return fromStep(task(definition, args))
}

withDefinition(closetTurn, definition)
