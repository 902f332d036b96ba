import { awsNameOf } from '../../core/aws-errors/explain.ts'
import { ReopsError } from '../../core/errors.ts'
import type { Caller } from './account.ts'
import type { Aws } from './clients.ts'

/** The account was never prepared for deployments in this region, or long ago. */
class NotBootstrapped extends ReopsError {
  override readonly name = 'NotBootstrapped'
  override readonly slug = 'not-bootstrapped'
}

/** Where the CDK's preparation writes its version, and the least that deployments need (AWS CDK, bootstrapping). */
const parameter = '/cdk-bootstrap/hnb659fds/version'
const leastVersion = 6

/**
 * The version of the CDK's preparation of an account and region. Rejects with `NotBootstrapped` where there is none or one
 * that is too old.
 */
export async function bootstrapVersion(aws: Aws, { account, region }: Caller): Promise<number> {
  const fix = `reops deploy --bootstrap does that, once for account ${account} in ${region}`
  try {
    const { Parameter } = await aws.ask('ssm', 'ssm:GetParameter', client =>
      client.getParameter({ Name: parameter }),
    )
    const version = Number(Parameter?.Value)
    if (version >= leastVersion) return version
    throw new NotBootstrapped(
      `the CDK's preparation of account ${account} in ${region} has version ${Parameter?.Value}, and ${leastVersion} is needed: ${fix}`,
    )
  } catch (error) {
    if (awsNameOf(error) !== 'ParameterNotFound') throw error
    throw new NotBootstrapped(
      `account ${account} is not prepared for deployments in ${region} (there is no ${parameter}): ${fix}`,
      { cause: error },
    )
  }
}
