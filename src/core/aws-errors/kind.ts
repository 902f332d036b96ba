/**
 * What an error of a client of AWS comes to, whatever the service calls it. `busy` was refused for being asked too often, and
 * nothing was done; of `broken` (AWS has a trouble of its own) and `unreachable` nobody knows whether it was done. `refused` is
 * an answer that will be the same again.
 */
export type AwsErrorKind =
  | 'region'
  | 'missing'
  | 'expired'
  | 'unknown-key'
  | 'denied'
  | 'busy'
  | 'broken'
  | 'unreachable'
  | 'refused'

/** Names by the kinds that they mean in every service; the first that fits counts. */
const names: readonly (readonly [RegExp, AwsErrorKind])[] = [
  [/^(?:CredentialsProviderError|TokenProviderError|ProviderError)$/, 'missing'],
  [/^(?:ExpiredToken|RequestExpired|TokenRefreshRequired)/, 'expired'],
  [
    /^(?:InvalidClientTokenId|UnrecognizedClient|InvalidAccessKeyId|AuthFailure|SignatureDoesNotMatch|InvalidSignature|IncompleteSignature|MissingAuthenticationToken|RequestTimeTooSkewed|InvalidToken$)/,
    'unknown-key',
  ],
  [/^(?:AccessDenied|UnauthorizedOperation|NotAuthorized|OptInRequired|AllAccessDisabled)/, 'denied'],
  [
    /^(?:Throttl|EC2Throttled|RequestThrottled|TooMany(?:Requests|Updates)|RequestLimitExceeded|ProvisionedThroughputExceeded|SlowDown|BandwidthLimitExceeded|PriorRequestNotComplete)/,
    'busy',
  ],
  [
    /^(?:Internal(?:Failure|Error|Server|Service)|ServiceUnavailable|ServiceFailure|Unavailable$|RequestTimeout)/,
    'broken',
  ],
]

/** An answer without a body, as to HEAD, has no name of AWS's, and its status says it. */
const nameless = /^(?:Error|Unknown\w*|Unauthorized|Forbidden|\d{3})?$/
const byStatus: ReadonlyMap<number, AwsErrorKind> = new Map([
  [401, 'unknown-key'],
  [403, 'denied'],
  [429, 'busy'],
])

/** By Node's code of a network's error and of what is wrong with a certificate, or by the name that the SDK gives one. */
const network =
  /^(?:E(?:CONN|PIPE|HOST|NET|NOTFOUND|AI_|TIMEDOUT|PROTO)|ERR_(?:SOCKET|SSL|TLS)|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|TimeoutError$|NetworkingError$)/

/** The same where an error has nothing but words. */
const networkSaid =
  /\bE(?:CONN|PIPE|HOST|NET|NOTFOUND|AI_|TIMEDOUT|PROTO)[A-Z_]*\b|socket hang up|getaddrinfo/

/**
 * Tells what an error of the SDK comes to, by its name, and else by its HTTP status. `undefined`: nothing tells that AWS, the
 * way to it or what it takes to ask is to blame; then it may be a mistake of ours.
 *
 * @example
 * kindOfAws(Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' })) // 'busy'
 */
export function kindOfAws(error: unknown): AwsErrorKind | undefined {
  if (!(error instanceof Error)) return undefined
  const { name, message } = error
  if (/region is missing|missing region/i.test(message)) return 'region'
  const named = names.find(([pattern]) => pattern.test(name))?.[1]
  // A login of single sign-on that is over counts as no credentials to the SDK.
  if (named === 'missing' && /expired|aws sso login/i.test(message)) return 'expired'
  if (named !== undefined) return named
  const status = statusOfAws(error)
  if (status === undefined)
    return network.test(networkCodeOf(error)) || network.test(name) || networkSaid.test(message)
      ? 'unreachable'
      : undefined
  if (status >= 500) return 'broken'
  const bare = nameless.test(name) ? byStatus.get(status) : undefined
  if (bare !== undefined) return bare
  // Whoever answers something else than AWS's own, such as the page of a hotel's network, is not it.
  return status >= 400 ? 'refused' : 'unreachable'
}

/** Whether nothing was sent: there was no connection. */
export function neverSent(error: unknown): boolean {
  return (
    error instanceof Error &&
    /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/.test(networkCodeOf(error))
  )
}

/** The HTTP status of an answer; `undefined` where there was none. */
export function statusOfAws(error: unknown): number | undefined {
  const { $metadata } = (error ?? {}) as { readonly $metadata?: { readonly httpStatusCode?: unknown } }
  return typeof $metadata?.httpStatusCode === 'number' ? $metadata.httpStatusCode : undefined
}

/** Node's own code. Addresses that were all tried are gathered in one error, which may have none. */
function networkCodeOf(error: Error): string {
  const { code, errors } = error as { readonly code?: unknown; readonly errors?: unknown }
  if (typeof code === 'string') return code
  const [first] = Array.isArray(errors) ? errors : []
  return first instanceof Error ? networkCodeOf(first) : ''
}
