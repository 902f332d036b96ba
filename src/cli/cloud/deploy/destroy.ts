import { neutraliseLine } from '../../../operations/output/format/index.ts'
import { callerOf } from '../../../run/aws/account.ts'
import { keyParameter, reachesBridge } from '../../../run/aws/bridge-key.ts'
import { NotDeployed } from '../../../run/aws/errors.ts'
import { type Deployed, findStack } from '../../../run/aws/stack.ts'
import { notice, print } from '../../bridge/print.ts'
import type { Args } from '../../command.ts'
import type { CommandContext } from '../../context.ts'
import { given } from '../../parse.ts'
import { askTyped } from '../../session/consent.ts'
import { UsageError } from '../../usage-error.ts'
import { withAws } from '../open.ts'
import { cdk } from './cdk.ts'
import { ended } from './deploy.ts'

const leaves =
  'stopping; what CloudFormation was already told to remove it goes on removing by itself: reops doctor says how it stands'

/** Takes away what was deployed. The table and the bucket stay, unless `--data` is given. */
export function destroyCloud(context: CommandContext, args: Args): Promise<number> {
  const [word] = args.words
  if (word !== undefined)
    throw new UsageError(
      `reops destroy --cloud takes away what was deployed, and ${word} would be a system: leave one of them out`,
    )
  const data = given(args, 'data')
  const json = given(args, 'json')
  return withAws(context, args, async ({ loaded, aws }) => {
    const { region, account } = await callerOf(aws)
    const stack = await findStack(aws)
    if (stack === undefined)
      throw new NotDeployed(
        `there is no stack ${aws.settings.stack} in account ${account} and region ${region}, so that there is nothing to destroy`,
      )
    for (const line of whatGoes(stack, data)) notice(context, line)
    const question = `destroy ${stack.stack} in account ${account}${data ? ' with its data' : ''}`
    if (!given(args, 'yes') && !(await askTyped(context, question, stack.stack))) return 1

    const options = { loaded, region, quietly: json, leaves }
    const removal = data ? ['--context', 'removeData=true'] : []
    // What keeps data is said by the deployed template, so it has to be told otherwise first.
    if (data) {
      const words = ['deploy', '--all', '--require-approval', 'never', ...removal]
      const status = await cdk(context, words, options)
      if (status !== 0) return ended(status, 'deploy')
    }
    const status = await cdk(context, ['destroy', '--all', '--force', ...removal], options)
    if (status !== 0) return ended(status, 'destroy')
    const key = keyParameter(stack.stack)
    if (data && reachesBridge(loaded.config)) await forgetKey(aws, key)
    const kept = data ? {} : { table: stack.table ?? null, bucket: stack.bucket ?? null, cloudKey: key }
    print(context, args, { stack: stack.stack, account, region, destroyed: true, kept }, () => [
      `${stack.stack} is gone from account ${account} in ${region}`,
      ...(data ? [] : keptLines(stack, key)),
    ])
    return 0
  })
}

async function forgetKey(aws: Parameters<typeof callerOf>[0], parameter: string): Promise<void> {
  await aws.ask('ssm', 'ssm:DeleteParameters', client => client.deleteParameters({ Names: [parameter] }))
}

function whatGoes({ stack, machines, table, bucket }: Deployed, data: boolean): readonly string[] {
  const stays = [table, bucket].filter(one => one !== undefined).map(neutraliseLine)
  return [
    `${stack} has ${machines.size} ${machines.size === 1 ? 'flow' : 'flows'}: ${[...machines.keys()].join(', ')}; executions under way are ended with them`,
    stays.length === 0
      ? 'it names no data'
      : data
        ? `${stays.join(' and ')} go too, with all that is in them, and can't be brought back`
        : `${stays.join(' and ')} stay with all that is in them; --data takes them away too`,
  ]
}

function keptLines({ table, bucket }: Deployed, key: string): readonly string[] {
  return [
    ...(table === undefined ? [] : [`  the table ${table} is kept; the next reops deploy takes it up again`]),
    ...(bucket === undefined
      ? []
      : [`  the bucket ${bucket} is kept until it is removed: aws s3 rb s3://${bucket} --force`]),
    `  the key of the cloud for the bridge, if there is one, is kept in ${key}`,
  ]
}
