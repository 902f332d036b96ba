import { ReopsError } from '../../core/errors.ts'

/** The bucket of spilled data can't be used. `retryable` says whether it may be later. */
export class SpillUnavailable extends ReopsError {
  override readonly name = 'SpillUnavailable'
  override readonly slug = 'spill-unavailable'
  override readonly retryable: boolean

  constructor(message: string, options: { cause: unknown; retryable: boolean }) {
    super(message, options)
    this.retryable = options.retryable
  }
}

const credentials =
  /^(AccessDenied|ExpiredToken|InvalidAccessKeyId|SignatureDoesNotMatch|CredentialsProviderError|TokenProviderError|AllAccessDisabled)/

/** Says what to do about what S3, or the way there, refused. */
export function explained(error: unknown, bucket: string): SpillUnavailable {
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  const refused = (what: string) =>
    new SpillUnavailable(`the bucket ${bucket} ${what}`, { cause: error, retryable: false })
  if (name === 'NoSuchBucket') return refused('is not there: deploy the stack, or correct its name')
  if (name === 'PermanentRedirect' || name === 'AuthorizationHeaderMalformed')
    return refused(`is in another region (${message}): set aws.region to it`)
  if (credentials.test(name))
    return refused(
      `does not let us in (${name}): it takes valid credentials that may s3:GetObject and s3:PutObject there`,
    )
  const what = name === 'Error' ? message : `${name}: ${message}`
  if (isFinal(error)) return refused(`refuses what we ask of it (${what})`)
  return new SpillUnavailable(`the bucket ${bucket} can not be used now (${what}): try again`, {
    cause: error,
    retryable: true,
  })
}

/** Whether the same call would be answered in the same way. */
function isFinal(error: unknown): boolean {
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } }
  const status = $metadata?.httpStatusCode ?? 0
  return status >= 400 && status < 500 && status !== 429 && status !== 409
}
