import { destroy } from '../../operations/systems/index.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { actOnSystems } from './act.ts'
import { agreeToDestroy } from './agree.ts'
import { jobOptions, spanOf } from './job-flags.ts'

/** Destroys systems, after a person has agreed to each of them. */
export function destroySystems(context: CommandContext, args: Args): Promise<number> {
  const grace = spanOf(args, 'grace')
  return actOnSystems(context, args, args.words, {
    name: 'destroy',
    operation: on =>
      destroy(on, { ...jobOptions(args), force: true, ...(grace === undefined ? {} : { grace }) }),
    agree: found => agreeToDestroy(context, found),
  })
}
