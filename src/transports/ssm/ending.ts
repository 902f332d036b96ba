import type { FailureCode } from '../../core/outcome.ts'
import { HostTrouble } from '../../core/ports.ts'
import type { SsmSettings } from './options.ts'
import type { Outputs } from './output.ts'
import type { Invocation } from './watch.ts'

/** What does not fit into a command is refused where there is no bucket to go through. */
export function refusedTo(where: string, what: string, most: number): HostTrouble {
  return new HostTrouble(
    'refused',
    `${where}: can not ${what}: beyond ${most} bytes it goes through a bucket; set aws.ssm.bucket, or reach the host by SSH`,
  )
}

/** How Run Command says that a command never got to its instance, in either way that it writes it. */
const undelivered = /^(Undeliverable|Delivery ?Timed ?Out)$/

const notRun: Readonly<Record<string, readonly [FailureCode, string]>> = {
  'no-user': ['auth', 'it has no user of that name'],
  'no-base64': ['refused', 'it has no base64, by which it would get its input; reach the host by SSH'],
  'no-input': [
    'exception',
    'it could not fetch its input from the bucket: it takes curl or wget, and a way to S3',
  ],
}

/** Why a command that has ended has no result; `undefined` where it has one. */
export function explained(
  where: string,
  { Status, StatusDetails = '' }: Invocation,
  { what, cut, overflow }: Outputs,
  { spoolLimit, output }: SsmSettings,
): { readonly code: FailureCode; readonly message: string } | undefined {
  const is = (code: FailureCode, words: string) => ({ code, message: `${where}: ${words}` })
  if (undelivered.test(StatusDetails))
    return is(
      'unreachable',
      `the command was not delivered (${StatusDetails}): look whether the instance runs`,
    )
  if (/^Execution ?Timed ?Out$/.test(StatusDetails) || Status === 'TimedOut')
    return is('timeout', 'AWS has ended the command: its time was over')
  if (Status === 'Cancelled') return is('cancelled', 'somebody has cancelled the command in AWS')
  if (/^Access ?Denied$/.test(StatusDetails))
    return is('auth', 'AWS did not let the command on to the instance')
  if (overflow)
    return is(
      'exception',
      `the command said more than ${spoolLimit} bytes (spoolLimit) and was ended. Send it to a file over there`,
    )
  if (what !== undefined && notRun[what]) return is(...notRun[what])
  if (cut !== undefined) {
    const ended = what === undefined ? 'has ended' : `ended with ${what}`
    const why =
      output === undefined
        ? 'set aws.ssm.bucket'
        : `the bucket ${output.bucket} does not have it: let the instance's role s3:PutObject there`
    return is(
      'exception',
      `the command ${ended}, and its ${cut} is larger than Run Command hands over: ${why}`,
    )
  }
  if (what === undefined || !/^\d{1,3}$/.test(what))
    return is(
      'exception',
      `the command was not run as it was sent (${StatusDetails || Status}): see its stderr`,
    )
  return undefined
}
