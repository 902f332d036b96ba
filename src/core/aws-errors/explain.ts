import { InvalidConfig, ReopsError } from '../errors.ts'
import { AwsBusy, AwsCredentials, AwsDenied, AwsRefused, AwsUnreachable } from './errors.ts'
import { kindOfAws } from './kind.ts'
import { saidByAws } from './meaning.ts'

/** What was asked of AWS, and of whom. */
export interface AskedOf {
  /** As IAM calls it, such as `states:StartExecution`. */
  readonly action: string
  /** What it was asked about, such as `the table re-ops-state`. */
  readonly of?: string | undefined
  /** Whether it changes something, so that without an answer nobody knows whether that was done. */
  readonly changes?: boolean | undefined
  readonly region?: string | undefined
  readonly profile?: string | undefined
  readonly endpoint?: string | undefined
}

/** Characters of what AWS says. */
const longestSaid = 500

/**
 * Turns what a client of AWS threw into an error that says what to do. An error of ours, an abort, and a mistake of a program
 * that never came from AWS stay as they are.
 *
 * @example
 * client.startExecution(input).catch(error => { throw explainAws(error, { action: 'states:StartExecution' }) })
 */
export function explainAws(error: unknown, asked: AskedOf): Error {
  if (!(error instanceof Error)) return new Error(String(error), { cause: error })
  if (error instanceof ReopsError || error.name === 'AbortError') return error
  const kind = kindOfAws(error)
  if (kind === undefined && isMistake(error)) return error
  const said = saidByAws(error, longestSaid) || error.name
  const options = { cause: error, detail: { action: asked.action, aws: error.name } }
  const doing = asked.of === undefined ? asked.action : `${asked.action} of ${asked.of}`
  const region = asked.region ?? 'that is meant'
  const unknown = asked.changes ? `; whether ${doing} was done is not known: look before you do it again` : ''
  switch (kind) {
    case 'region':
      return new InvalidConfig(
        "which region of AWS is meant is not said: set aws: { region: 'eu-central-1' } in reops.config.ts, or AWS_REGION, or region in the profile",
        options,
      )
    case 'missing':
      return new AwsCredentials(withoutAny(said, asked), options)
    case 'expired':
      return new AwsCredentials(
        `the credentials of AWS are expired (${said}): aws sso login${asked.profile === undefined ? '' : ` --profile ${asked.profile}`}, or get new ones where these came from`,
        options,
      )
    case 'unknown-key':
      return new AwsCredentials(
        `AWS does not take these credentials (${error.name}: ${said}): look at aws sts get-caller-identity, at the clock of this machine, and whether region ${region} is enabled in the account`,
        options,
      )
    case 'denied':
      return new AwsDenied(
        `these credentials may not do ${doing} (${said}): use others, or have somebody allow it to them`,
        options,
      )
    case 'unreachable':
      return new AwsUnreachable(
        `AWS does not answer at ${asked.endpoint ?? `region ${region}`} (${said}): look at the network, a proxy, and how the region is written${unknown}`,
        options,
      )
    case 'busy':
      return new AwsBusy(`AWS was too busy for ${doing}, at every try (${said}): try again later`, options)
    case 'broken':
      return new AwsBusy(
        `AWS had a trouble of its own with ${doing}, at every try (${said}): try again later${unknown}`,
        options,
      )
    default:
      return new AwsRefused(`AWS refuses ${doing}: ${error.name}: ${said}`, options)
  }
}

function withoutAny(said: string, { profile }: AskedOf): string {
  return profile === undefined
    ? `there are no credentials of AWS (${said}): aws configure sso or aws configure makes a profile, which aws.profile in reops.config.ts or AWS_PROFILE names; AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY do too`
    : `the profile ${profile} gives no credentials of AWS (${said}): see aws configure list --profile ${profile}`
}

/** What JavaScript itself throws; what AWS says has a name of its own. */
function isMistake(error: Error): boolean {
  return [TypeError, RangeError, ReferenceError, SyntaxError].some(kind => error instanceof kind)
}

/** How AWS called an error that `explainAws` made; its own name otherwise. */
export function awsNameOf(error: unknown): string | undefined {
  if (error instanceof ReopsError && typeof error.detail.aws === 'string') return error.detail.aws
  return error instanceof Error ? error.name : undefined
}
