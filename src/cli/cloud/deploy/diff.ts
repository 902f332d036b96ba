import { callerOf } from '../../../run/aws/account.ts'
import { print } from '../../bridge/print.ts'
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
    const options = { loaded, region, leaves }
    if (!given(args, 'json')) {
      const status = await cdk(context, words, { ...options, quietly: false })
      return status === 0 || (fails && status === 1) ? status : ended(status, 'diff')
    }
    let said = ''
    const hear = (text: string) => {
      said = `${said}${text}`.slice(-lastWords)
    }
    const status = await cdk(context, words, { ...options, quietly: true, hear })
    const differing = /Number of stacks with differences: (\d+)/.exec(said)?.[1]
    if (differing === undefined) return ended(status, 'diff')
    const differs = differing !== '0'
    print(context, args, { stack: aws.settings.stack, region, differs }, () => [])
    return fails && differs ? 1 : 0
  })
}

/** Characters at the end of what the CDK says, in which it counts. Its status is 1 for a difference and for an error. */
const lastWords = 4_096
