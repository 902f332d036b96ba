import { callerOf } from './account.ts'
import type { Aws } from './clients.ts'

/**
 * How the ARNs of a stack's state machines begin, up to the flow's name. AWS is asked for the account where the configuration
 * doesn't say it, which needs no permission. Rejects as `callerOf` does.
 *
 * @example
 * await machinePrefix(openAws(loaded.config.aws)) // 'arn:aws:states:eu-central-1:123456789012:stateMachine:re-ops-'
 */
export async function machinePrefix(aws: Aws): Promise<string> {
  const region = await aws.region()
  const account = aws.settings.account ?? (await callerOf(aws)).account
  return `arn:${partitionOf(region)}:states:${region}:${account}:stateMachine:${aws.settings.stack}-`
}

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn'
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
}
