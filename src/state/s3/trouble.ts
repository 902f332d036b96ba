import { kindOfAws, statusOfAws } from '../../core/aws-errors/kind.ts'
import { meaningOfAws, saidByAws } from '../../core/aws-errors/meaning.ts'
import { ReopsError } from '../../core/errors.ts'

/** Characters of what S3 says. */
const longestSaid = 300

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

/** Says what to do about what S3, or the way there, refused. */
export function explained(error: unknown, bucket: string): SpillUnavailable {
  const name = error instanceof Error ? error.name : 'Error'
  const kind = kindOfAws(error)
  const said = saidByAws(error, longestSaid)
  const refused = (what: string) =>
    new SpillUnavailable(`the bucket ${bucket} ${what}`, { cause: error, retryable: false })
  if (name === 'NoSuchBucket') return refused('is not there: deploy the stack, or correct its name')
  if (name === 'PermanentRedirect' || name === 'AuthorizationHeaderMalformed')
    return refused(`is in another region (${said}): set aws.region to it`)
  if (kind === 'denied' || kind === 'unknown-key')
    return refused(
      `does not let us in (${name}): it takes valid credentials that may s3:GetObject and s3:PutObject there`,
    )
  if (kind === 'missing' || kind === 'expired' || kind === 'region')
    return refused(`was not asked (${said || name}): ${meaningOfAws(error)?.advice}`)
  const what = name === 'Error' ? said : `${name}: ${said}`
  // Two who write at once are a conflict, which passes.
  if (kind === 'refused' && statusOfAws(error) !== 409) return refused(`refuses what we ask of it (${what})`)
  return new SpillUnavailable(`the bucket ${bucket} can not be used now (${what}): try again`, {
    cause: error,
    retryable: true,
  })
}
