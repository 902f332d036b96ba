import type { AwsSettings } from '../../core/aws.ts'
import type { Config } from '../../core/config.ts'
import { defined } from '../../core/defined.ts'
import type { SystemsPort } from '../../core/systems/port.ts'

/**
 * Whether instances of EC2 are looked for where nobody names EC2, as a sync of everything does: whoever has no AWS would
 * fail for want of credentials. A function in AWS always has it.
 */
export function usesAws(aws: AwsSettings, env: NodeJS.ProcessEnv): boolean {
  const { region, profile, account, endpoint, endpoints } = aws
  const said = region ?? profile ?? account ?? endpoint ?? endpoints.ec2
  return said !== undefined || env.AWS_LAMBDA_FUNCTION_NAME !== undefined
}

/** What the configuration fills in for a new instance: the image's user is not the one of other machines. */
export function ec2Defaults({ aws, defaults }: Config): ReturnType<SystemsPort['defaultsOf']> {
  return defined({ os: aws.ec2.image, user: aws.ec2.user, key: defaults.key })
}
