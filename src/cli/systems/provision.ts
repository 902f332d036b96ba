import { provision } from '../../operations/provision/index.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { given } from '../parse.ts'
import { secondsOf } from '../session/flags.ts'
import { actOnSystems } from './act.ts'
import { spanOf } from './job-flags.ts'

/** Goes through the plans of the systems' types, or says what that would change. */
export function provisionSystems(context: CommandContext, args: Args): Promise<number> {
  const wait = spanOf(args, 'wait')
  const within = secondsOf(args, 'within')
  return actOnSystems(context, args, args.words, {
    name: 'provision',
    runsFlows: true,
    operation: on =>
      provision(on, {
        plan: given(args, 'plan'),
        ...(wait === undefined ? {} : { wait }),
        ...(within === undefined ? {} : { timeout: within }),
      }),
  })
}
