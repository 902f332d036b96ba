import { isRecord } from '../../core/json.ts'
import { oneLine } from '../../core/one-line.ts'
import type { FailureCode } from '../../core/outcome.ts'
import { ownValue } from '../../core/own-value.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'

/** AWS explains a refusal at length, and at times with an encoded message of kilobytes. */
const longestSaid = 400

/** Codes for which another type or another place may do: nothing was launched. */
const capacity: ReadonlySet<string> = new Set([
  'InsufficientInstanceCapacity',
  'InsufficientHostCapacity',
  'InsufficientReservedInstanceCapacity',
  'InsufficientCapacity',
  'InsufficientFreeAddressesInSubnet',
  'InsufficientAddressCapacity',
  'SpotMaxPriceTooLow',
  'MaxSpotInstanceCountExceeded',
  'MaxSpotFleetRequestCountExceeded',
  'InstanceLimitExceeded',
  'VcpuLimitExceeded',
  'UnfulfillableCapacity',
  'Unsupported',
])

/** Whether an error of a launch says that there is none to be had here and now. */
export function isCapacity(code: string | undefined): boolean {
  return code !== undefined && capacity.has(code)
}

/** What codes mean that don't say it by their beginning, and what to do. */
const meanings: Readonly<Record<string, readonly [FailureCode, string]>> = {
  AuthFailure: ['auth', 'check the credentials and the account'],
  Blocked: ['auth', 'the account is blocked; ask AWS’s support'],
  ExpiredToken: ['auth', 'log in again: the credentials have expired'],
  ExpiredTokenException: ['auth', 'log in again: the credentials have expired'],
  RequestExpired: ['auth', 'log in again, and check the clock of this machine'],
  AccessDenied: ['auth', 'give the role the permission that is named'],
  AccessDeniedException: ['auth', 'give the role the permission that is named'],
  UnauthorizedOperation: ['auth', 'give the role the permission that is named'],
  InvalidClientTokenId: ['auth', 'check the credentials: AWS does not know their key'],
  UnrecognizedClientException: ['auth', 'check the credentials: AWS does not know their key'],
  SignatureDoesNotMatch: ['auth', 'check the secret of the credentials'],
  MissingAuthenticationToken: ['auth', 'log in: the call had no credentials'],
  CredentialsProviderError: ['auth', 'log in, or set aws.profile: there are no credentials'],
  TokenProviderError: ['auth', 'log in again: aws sso login'],
  OptInRequired: ['auth', 'the account has not signed up for this service or region'],
  PendingVerification: ['auth', 'AWS is verifying the account still'],
  RequestLimitExceeded: ['busy', 'too many calls at once; try again in a minute'],
  Throttling: ['busy', 'too many calls at once; try again in a minute'],
  ThrottlingException: ['busy', 'too many calls at once; try again in a minute'],
  EC2ThrottledException: ['busy', 'too many calls at once; try again in a minute'],
  IncorrectState: ['busy', 'it is in the middle of something; try again in a moment'],
  IncorrectInstanceState: ['busy', 'it is in the middle of something; try again in a moment'],
  OperationNotPermitted: ['refused', 'it is protected; take the protection off first'],
  VcpuLimitExceeded: ['busy', 'ask AWS for a higher quota, or name other types'],
  InstanceLimitExceeded: ['busy', 'ask AWS for a higher quota, or name other types'],
  MaxSpotInstanceCountExceeded: [
    'busy',
    'ask AWS for a higher quota of spot instances, or take them on demand',
  ],
  SpotMaxPriceTooLow: ['busy', 'offer more, or leave the price out, which offers the price on demand'],
}

/** An error of the SDK, as far as it says anything. */
export interface Said {
  /** Such as `InvalidInstanceID.NotFound`; a name of Node's for what the network does. */
  readonly code: string
  readonly message: string
  /** The HTTP status, where there was an answer. */
  readonly status: number | undefined
}

/** What an error of the SDK says. */
function saidBy(error: unknown): Said {
  const { name, code, message, $metadata } = isRecord(error) || error instanceof Error ? (error as any) : {}
  const status = typeof $metadata?.httpStatusCode === 'number' ? $metadata.httpStatusCode : undefined
  const called = status === undefined && typeof code === 'string' ? code : name
  return {
    code: typeof called === 'string' ? called : 'Error',
    message: oneLine(String(message ?? error), longestSaid),
    status,
  }
}

/** The code of an error that AWS answered. */
export function codeOf(error: unknown): string {
  return saidBy(error instanceof SystemTrouble ? error.cause : error).code
}

/** Errors by which the SDK says that it got no answer, or none that it could read. */
const noAnswer = /^(?:E[A-Z]{3,}|TimeoutError|NetworkingError|AbortError)$/

/**
 * What an error of AWS means for a system. `launching`: what was asked for makes something, so that after no answer nobody
 * knows whether it did.
 */
export function troubleOf(error: unknown, doing: string, launching = false): unknown {
  if (error instanceof SystemTrouble) return error
  const said = saidBy(error)
  const detail = { aws: said.code, ...(said.status === undefined ? {} : { status: said.status }) }
  const trouble = (code: FailureCode, advice: string) =>
    new SystemTrouble(code, `${doing}: ${said.code}: ${said.message}; ${advice}`, { detail, cause: error })
  const known = ownValue(meanings, said.code)
  if (known !== undefined) return trouble(...known)
  if (isCapacity(said.code)) return trouble('busy', 'name more types or zones, or try again later')
  if (said.message === 'Region is missing')
    return trouble('refused', 'set aws.region in reops.config.ts, or AWS_REGION')
  const away = said.status === undefined ? noAnswer.test(said.code) || isSocket(error) : said.status >= 500
  if (away && launching)
    return trouble('unknown', 'it may have been done or not; the same call again finds what there is')
  if (away) return trouble('unreachable', 'AWS did not answer as it should; try again')
  // An answer that refuses. Anything else is a mistake of this program and stays one.
  return said.status === undefined ? error : trouble('refused', 'nothing was done')
}

function isSocket(error: unknown): boolean {
  return error instanceof Error && /socket hang up|ECONNRE|getaddrinfo/.test(error.message)
}
