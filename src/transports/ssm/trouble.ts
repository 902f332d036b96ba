import { kindOfAws, neverSent, statusOfAws } from '../../core/aws-errors/kind.ts'
import { meaningOfAws, saidByAws } from '../../core/aws-errors/meaning.ts'
import type { FailureCode } from '../../core/outcome.ts'
import { HostTrouble } from '../../core/ports.ts'

/** What Run Command and the bucket call otherwise than AWS's other services, and what to do about it. */
const own: readonly (readonly [RegExp, FailureCode, string])[] = [
  [
    /^InvalidInstanceId/,
    'unreachable',
    'Systems Manager does not manage it now: it takes a running SSM agent, a role with AmazonSSMManagedInstanceCore, and a way to AWS',
  ],
  [/^NoSuchBucket/, 'refused', 'the bucket is not there: correct aws.ssm.bucket, or deploy the stack'],
  [/^(PermanentRedirect|AuthorizationHeaderMalformed)/, 'refused', 'the bucket is in another region'],
]

/** Whether AWS has refused a call for being asked too often: then it did nothing. */
export function isThrottled(error: unknown): boolean {
  return kindOfAws(error) === 'busy'
}

/** Whether a call has changed nothing: AWS itself answered that it won't, nobody was there to sign for, or nothing was sent. */
export function isRefusal(error: unknown): boolean {
  const kind = kindOfAws(error)
  const status = statusOfAws(error) ?? 0
  // A 4xx is an answer whatever it is called, but for one that AWS gives when it has waited too long for us.
  return (status >= 400 && status < 500 && kind !== 'broken') || (kind !== undefined && unsent.has(kind))
}

/** Nothing is sent without these; an answer says the others. */
const unsent: ReadonlySet<string> = new Set(['region', 'missing', 'expired', 'unknown-key', 'denied'])

/** Whether there was no connection. */
export const notSent = neverSent

/** Makes a host's trouble of what a client of AWS threw. `where` names the host. One of ours stays as it is. */
export function troubleOf(where: string, doing: string, error: unknown): HostTrouble {
  if (error instanceof HostTrouble) return error
  const name = error instanceof Error ? error.name : 'Error'
  const [, code, advice] = own.find(([pattern]) => pattern.test(name)) ?? []
  const meaning = code !== undefined && advice !== undefined ? { code, advice } : meaningOfAws(error)
  const said = saidByAws(error, 300)
  const what = `${name}${said === '' ? '' : `: ${said}`}`
  const message =
    meaning === undefined ? `${where}: ${doing}: ${what}` : `${where}: ${doing}: ${meaning.advice} (${what})`
  return new HostTrouble(meaning?.code ?? 'exception', message, { cause: error, detail: { aws: name } })
}
