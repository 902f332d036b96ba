import type { Aws } from './clients.ts'
import { WrongAccount } from './errors.ts'
import { hearSkew } from './server-date.ts'

/** Whom AWS takes us for. */
export interface Caller {
  readonly account: string
  readonly arn: string
  readonly region: string
  /** Milliseconds by which AWS's clock is ahead of this machine's; absent where its answer had no date. */
  readonly skewMs: number | undefined
}

/**
 * Asks AWS whom it takes us for. Rejects with `AwsCredentials`, `AwsUnreachable`, `InvalidConfig` for no region, and
 * `WrongAccount` where the configuration names another account.
 *
 * @example
 * const { account, region } = await callerOf(openAws(loaded.config.aws))
 */
export async function callerOf(aws: Aws): Promise<Caller> {
  const region = await aws.region()
  let skewMs: number | undefined
  const answer = await aws.ask('sts', 'sts:GetCallerIdentity', client => {
    hearSkew(client, ms => {
      skewMs = ms
    })
    return client.getCallerIdentity({})
  })
  const { Account: account = '', Arn: arn = '' } = answer
  const { account: wanted } = aws.settings
  if (wanted !== undefined && wanted !== account)
    throw new WrongAccount(
      `these credentials are of account ${account} (${arn}) and aws.account in reops.config.ts is ${wanted}: use the profile of that account, or change aws.account`,
      { detail: { account, wanted } },
    )
  return { account, arn, region, skewMs }
}
