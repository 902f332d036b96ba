import { statusOfAws } from '../../core/aws-errors/kind.ts'
import { meaningOfAws, saidByAws } from '../../core/aws-errors/meaning.ts'
import { isRecord } from '../../core/json.ts'
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

/** What codes of EC2's own mean, and what to do; what all of AWS's services say is told in core. */
const meanings: Readonly<Record<string, readonly [FailureCode, string]>> = {
  Blocked: ['auth', 'the account is blocked; ask AWS’s support'],
  OptInRequired: ['auth', 'the account has not signed up for this service or region'],
  PendingVerification: ['auth', 'AWS is verifying the account still'],
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

/** How an error is called that AWS answered, such as `InvalidInstanceID.NotFound`; Node's name for what the network does. */
export function codeOf(thrown: unknown): string {
  const error = thrown instanceof SystemTrouble ? thrown.cause : thrown
  const { name, code } = isRecord(error) || error instanceof Error ? (error as Record<string, unknown>) : {}
  const called = statusOfAws(error) === undefined && typeof code === 'string' ? code : name
  return typeof called === 'string' ? called : 'Error'
}

/**
 * What an error of AWS means for a system. `launching`: what was asked for makes something, so that after no answer nobody
 * knows whether it did.
 */
export function troubleOf(error: unknown, doing: string, launching = false): unknown {
  if (error instanceof SystemTrouble) return error
  const code = codeOf(error)
  const status = statusOfAws(error)
  const detail = { aws: code, ...(status === undefined ? {} : { status }) }
  const trouble = (is: FailureCode, advice: string) =>
    new SystemTrouble(is, `${doing}: ${code}: ${saidByAws(error, longestSaid)}; ${advice}`, {
      detail,
      cause: error,
    })
  const own = ownValue(meanings, code)
  if (own !== undefined) return trouble(...own)
  if (isCapacity(code)) return trouble('busy', 'name more types or zones, or try again later')
  const meaning = meaningOfAws(error)
  // A mistake of this program stays one.
  if (meaning === undefined) return error
  if (meaning.code === 'unreachable' && launching)
    return trouble('unknown', 'it may have been done or not; the same call again finds what there is')
  return meaning.code === 'refused' && status !== undefined
    ? trouble('refused', 'nothing was done')
    : trouble(meaning.code, meaning.advice)
}
