import { redriveExecution } from '../../run/aws/executions.ts'
import { lastEventOf } from '../../run/aws/history.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { statusWord } from '../executions/status.ts'
import { performBy } from '../session/perform.ts'
import { UsageError } from '../usage-error.ts'
import { findCloudExecution } from './find.ts'
import { followCloud } from './follow.ts'
import { withCloud } from './open.ts'
import { refuseLocal } from './refuse-local.ts'
import { flagsOf } from './run.ts'

/** Goes on in the cloud from where an execution failed, follows it, and answers the exit status as `run` does. */
export function redriveInCloud(context: CommandContext, args: Args, word: string): Promise<number> {
  refuseLocal(args, 'redrive')
  return withCloud(context, args, async cloud => {
    const { aws, stack } = cloud
    const { id, name, flow, status, notRedrivable } = await findCloudExecution(aws, stack, word)
    if (status === 'RUNNING' || status === 'SUCCEEDED')
      throw new UsageError(
        `${name} is ${status === 'RUNNING' ? 'still running' : statusWord(status)}; only one that failed, timed out or was aborted is redriven`,
      )
    if (notRedrivable !== undefined)
      throw new UsageError(
        `AWS does not redrive ${name} (${notRedrivable}): reops run ${flow} --cloud begins another one`,
      )
    return performBy(context, args, { flow }, async own => {
      const after = await lastEventOf(aws, id)
      await redriveExecution(aws, id)
      return followCloud(own, cloud, { id, name, after }, flagsOf(args))
    })
  })
}
