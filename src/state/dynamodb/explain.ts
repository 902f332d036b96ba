import { InvalidConfig, ReopsError } from '../../core/errors.ts'
import {
  TableBusy,
  TableCredentials,
  TableDenied,
  TableMissing,
  TableRefused,
  TableUnreachable,
} from './errors.ts'

/** Which table was asked. */
interface Asked {
  readonly table: string
  region(): Promise<string>
}

const credentials =
  /^(?:CredentialsProviderError|TokenProviderError|ExpiredToken|RequestExpired|UnrecognizedClient|InvalidClientTokenId|InvalidSignature|IncompleteSignature|MissingAuthenticationToken|SignatureDoesNotMatch)/
const denied = /^(?:AccessDenied|UnauthorizedOperation|NotAuthorized)/
const busy =
  /^(?:Throttl|ProvisionedThroughputExceeded|RequestLimitExceeded|LimitExceeded|TooManyRequests|SlowDown|TransactionConflict|TransactionInProgress)/
const refused = /^(?:Validation|Serialization|ItemCollectionSizeLimit|Idempotent|TransactionCanceled)/

/** Turns what the SDK threw into an error that says what to do. An error of ours stays as it is. */
export async function explain(thrown: unknown, { table, region }: Asked): Promise<Error> {
  if (!(thrown instanceof Error)) return new Error(String(thrown), { cause: thrown })
  if (thrown instanceof ReopsError) return thrown
  const { name } = thrown
  const said = thrown.message.replace(/\s+/g, ' ').trim() || name
  const options = { cause: thrown, detail: { table, aws: name } }
  if (/region is missing/i.test(said))
    return new InvalidConfig(
      "which region of AWS the systems' table is in is not said: set aws: { region: 'eu-central-1' } in reops.config.ts, or AWS_REGION",
      options,
    )
  if (credentials.test(name))
    return new TableCredentials(
      `AWS took no credentials for the table ${table}: ${said}; log in (aws sso login, aws configure), name a profile in aws.profile, or set AWS_PROFILE`,
      options,
    )
  if (name.startsWith('ResourceNotFound')) {
    const where = await region().catch(() => 'its region')
    return new TableMissing(
      `there is no table ${table} in ${where}: run reops deploy, or say in aws of reops.config.ts which stack and region are meant`,
      options,
    )
  }
  if (denied.test(name))
    return new TableDenied(
      `these credentials may not do that with the table ${table}: ${said}; use a profile that may, or let its policy grant it`,
      options,
    )
  if (busy.test(name))
    return new TableBusy(
      `the table ${table} was too busy up to the last try: ${said}; try again in a moment`,
      options,
    )
  if (refused.test(name))
    return new TableRefused(`the table ${table} refuses what Re-ops asked of it: ${said}`, options)
  return new TableUnreachable(
    `the table ${table} can't be reached: ${said}; look whether this machine reaches AWS, and how things stand before doing it again`,
    options,
  )
}
