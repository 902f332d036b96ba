import { oneLine } from '../../core/one-line.ts'
import type { FailureCode } from '../../core/outcome.ts'
import { HostTrouble } from '../../core/ports.ts'

/** What an error of AWS means for a host, and what to do about it. */
interface Meaning {
  readonly code: FailureCode
  readonly advice: string
}

const meanings: readonly (readonly [RegExp, FailureCode, string])[] = [
  [
    /^(ExpiredToken|RequestExpired|TokenRefreshRequired)/,
    'auth',
    'the credentials of AWS are expired: log in again',
  ],
  [
    /^(CredentialsProviderError|TokenProviderError|ProviderError)/,
    'auth',
    'there are no credentials of AWS: set AWS_PROFILE or aws.profile',
  ],
  [
    /^(UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|IncompleteSignature|InvalidAccessKeyId)/,
    'auth',
    'AWS does not know these credentials',
  ],
  [
    /^(AccessDenied|UnauthorizedOperation|NotAuthorized|OptInRequired)/,
    'auth',
    'the credentials may not do this',
  ],
  [
    /^InvalidInstanceId/,
    'unreachable',
    'Systems Manager does not manage it now: it takes a running SSM agent, a role with AmazonSSMManagedInstanceCore, and a way to AWS',
  ],
  [
    /^(Throttling|TooManyRequests|RequestLimitExceeded|SlowDown)/,
    'busy',
    'AWS was asked too often: try again later',
  ],
  [
    /^(InvalidParameters|Validation|MaxDocumentSizeExceeded|UnsupportedPlatformType|Invalid)/,
    'refused',
    'AWS refuses what it was asked for',
  ],
  [/^NoSuchBucket/, 'refused', 'the bucket is not there: correct aws.ssm.bucket, or deploy the stack'],
  [/^PermanentRedirect/, 'refused', 'the bucket is in another region'],
]

const network =
  /^(ECONN|EPIPE|EHOST|ENET|ENOTFOUND|EAI_|ETIMEDOUT|EPROTO|ERR_SOCKET|ERR_SSL|TimeoutError|NetworkingError)/

/** Whether an error came from the way to AWS and not from AWS. */
function isNetwork(error: unknown): boolean {
  return error instanceof Error && (network.test(codeOf(error)) || network.test(error.name))
}

/** Whether AWS has refused a call for being asked too often: then it did nothing. */
export function isThrottled(error: unknown): boolean {
  return /^(Throttling|TooManyRequests|RequestLimitExceeded)/.test((error as Error).name)
}

/** Whether nothing was sent: there was no connection, or nobody to sign for. */
export function notSent(error: unknown): boolean {
  return (
    error instanceof Error &&
    /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)/.test(codeOf(error))
  )
}

/** Whether AWS itself answered that it won't: the call has changed nothing. */
export function isRefusal(error: unknown): boolean {
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } }
  const status = $metadata?.httpStatusCode ?? 0
  return (status >= 400 && status < 500) || meaningOf(error).code === 'auth'
}

function meaningOf(error: unknown): Meaning {
  const { name } = error instanceof Error ? error : new Error()
  if (/region is missing/i.test((error as Error).message))
    return { code: 'exception', advice: 'set aws.region, or AWS_REGION' }
  const [, code, advice] = meanings.find(([pattern]) => pattern.test(name)) ?? []
  if (code !== undefined && advice !== undefined) return { code, advice }
  if (isNetwork(error)) return { code: 'unreachable', advice: 'AWS does not answer: look at the network' }
  return { code: 'exception', advice: 'AWS has a trouble of its own: try again later' }
}

/** Makes a host's trouble of what a client of AWS threw. `where` names the host. One of ours stays as it is. */
export function troubleOf(where: string, doing: string, error: unknown): HostTrouble {
  if (error instanceof HostTrouble) return error
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  const { code, advice } = meaningOf(error)
  const said = oneLine(message, 300)
  return new HostTrouble(code, `${where}: ${doing}: ${advice} (${name}${said === '' ? '' : `: ${said}`})`, {
    cause: error,
    detail: { aws: name },
  })
}

/** Addresses that were all tried are gathered in one error without a code. */
function codeOf(error: Error): string {
  const { code, errors } = error as { code?: unknown; errors?: readonly unknown[] }
  if (typeof code === 'string') return code
  const [first] = errors ?? []
  return first instanceof Error ? codeOf(first) : ''
}
