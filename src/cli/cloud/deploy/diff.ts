import { callerOf } from '../../../run/aws/account.ts'
import type { Args } from '../../command.ts'
import type { CommandContext } from '../../context.ts'
import { given } from '../../parse.ts'
import { withAws } from '../open.ts'
import { cdk } from './cdk.ts'
import { ended } from './deploy.ts'

/** Says what a deployment would change; with `--fail` that there is something is told by the exit status. */
export function diff(context: CommandContext, args: Args): Promise<number> {
  return withAws(context, args, async ({ loaded, aws }) => {
    const { region } = await callerOf(aws)
    const fails = given(args, 'fail')
    const leaves = 'stopping; nothing was changed'
    const words = ['diff', '--no-change-set', ...(fails ? ['--fail'] : [])]
    const status = await cdk(context, words, { loaded, region, quietly: false, leaves })
    return status === 0 || (fails && status === 1) ? status : ended(status, 'diff')
  })
}
