import { InvalidConfig, ReopsError } from '../../core/errors.ts'
import { AwsBusy, AwsCredentials, AwsDenied, AwsRefused, AwsUnreachable } from './errors.ts'

/** What was asked of AWS: the action as IAM calls it, such as `states:StartExecution`, and of whom. */
export interface AskedOf {
  readonly action: string
  readonly region?: string | undefined
  readonly profile?: string | undefined
  readonly endpoint?: string | undefined
}

const expired = new Set(['ExpiredToken', 'ExpiredTokenException', 'RequestExpired', 'TokenRefreshRequired'])

const unknown = new Set([
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'InvalidAccessKeyId',
  'AuthFailure',
  'SignatureDoesNotMatch',
  'InvalidSignatureException',
  'IncompleteSignature',
  'IncompleteSignatureException',
  'RequestTimeTooSkewed',
])

const missing = new Set(['CredentialsProviderError', 'TokenProviderError', 'ProviderError'])

const denied = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'UnauthorizedOperation',
  'NotAuthorized',
  'OptInRequired',
])

const busy =
  /^(?:Throttl|TooManyRequests|RequestLimitExceeded|ServiceUnavailable|InternalFailure|InternalError|InternalServer|SlowDown|Bandwidth)/

/** By Node's code of a network's error, or by the name that the SDK gives one. */
const network = /^(?:E(?:CONN|PIPE|HOST|NET|NOTFOUND|AI_AGAIN|TIMEDOUT|PROTO)|TimeoutError|NetworkingError)/

/**
 * Turns what a client of AWS threw into an error that says what to do. An error of ours, and an abort, stay as they are.
 *
 * @example
 * client.startExecution(input).catch(error => { throw explainAws(error, { action: 'states:StartExecution' }) })
 */
export function explainAws(error: unknown, asked: AskedOf): Error {
  if (!(error instanceof Error)) return new Error(String(error), { cause: error })
  if (error instanceof ReopsError || error.name === 'AbortError') return error
  const { action } = asked
  const said = oneLine(error.message) || error.name
  const options = { cause: error, detail: { action, aws: error.name } }
  const { profile } = asked
  if (/region is missing|Missing region/i.test(error.message))
    return new InvalidConfig(
      "which region of AWS is meant is not said: set aws: { region: 'eu-central-1' } in reops.config.ts, or AWS_REGION, or region in the profile",
      options,
    )
  if (missing.has(error.name) && /expired|sso/i.test(error.message)) return lapsed(said, profile, options)
  if (missing.has(error.name))
    return new AwsCredentials(
      profile === undefined
        ? `there are no credentials of AWS (${said}): aws configure sso or aws configure makes a profile, which aws.profile in reops.config.ts or AWS_PROFILE names; AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY do too`
        : `the profile ${profile} gives no credentials of AWS (${said}): see aws configure list --profile ${profile}`,
      options,
    )
  if (expired.has(error.name)) return lapsed(said, profile, options)
  if (unknown.has(error.name))
    return new AwsCredentials(
      `AWS does not take these credentials (${error.name}: ${said}): look at aws sts get-caller-identity, at the clock of this machine, and whether region ${asked.region ?? 'that is meant'} is enabled in the account`,
      options,
    )
  if (denied.has(error.name))
    return new AwsDenied(
      `these credentials may not do ${action} (${said}): use others, or have somebody allow it to them`,
      options,
    )
  if (network.test(codeOf(error)) || network.test(error.name))
    return new AwsUnreachable(
      `AWS does not answer at ${asked.endpoint ?? `region ${asked.region ?? 'that is meant'}`} (${said}): look at the network, a proxy, and how the region is written`,
      options,
    )
  if (busy.test(error.name) || statusOf(error) >= 500)
    return new AwsBusy(`AWS was too busy for ${action}, at every try (${said}): try again later`, options)
  return new AwsRefused(`AWS refuses ${action}: ${error.name}: ${said}`, options)
}

function lapsed(
  said: string,
  profile: string | undefined,
  options: ConstructorParameters<typeof AwsCredentials>[1],
) {
  const login = profile === undefined ? 'aws sso login' : `aws sso login --profile ${profile}`
  return new AwsCredentials(
    `the credentials of AWS are expired (${said}): ${login}, or get new ones where these came from`,
    options,
  )
}

/** How AWS called an error that `explainAws` made; its own name otherwise. */
export function awsNameOf(error: unknown): string | undefined {
  if (error instanceof ReopsError && typeof error.detail.aws === 'string') return error.detail.aws
  return error instanceof Error ? error.name : undefined
}

/** The names of several addresses that were tried are gathered in one error without a message. */
function codeOf(error: Error): string {
  const { code, errors } = error as { readonly code?: unknown; readonly errors?: readonly unknown[] }
  if (typeof code === 'string') return code
  const [first] = errors ?? []
  return first instanceof Error ? codeOf(first) : ''
}

function statusOf(error: Error): number {
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } }
  return $metadata?.httpStatusCode ?? 0
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().replace(/\.$/, '').slice(0, 500)
}
