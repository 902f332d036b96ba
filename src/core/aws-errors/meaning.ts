import { oneLine } from '../one-line.ts'
import type { FailureCode } from '../outcome.ts'
import { type AwsErrorKind, kindOfAws } from './kind.ts'

/** What a kind of error means for a host or a system, and what to do about it. */
const meanings: { readonly [K in AwsErrorKind]: readonly [FailureCode, string] } = {
  region: ['refused', 'set aws.region in reops.config.ts, or AWS_REGION'],
  missing: ['auth', 'there are no credentials of AWS: log in, or set aws.profile or AWS_PROFILE'],
  expired: ['auth', 'the credentials of AWS are expired: log in again (aws sso login)'],
  'unknown-key': [
    'auth',
    'AWS does not take these credentials: look at aws sts get-caller-identity, and at the clock of this machine',
  ],
  denied: ['auth', 'the credentials may not do this: give their role the permission'],
  busy: ['busy', 'AWS was asked too often: try again in a minute'],
  broken: ['unreachable', 'AWS has a trouble of its own: try again later'],
  unreachable: ['unreachable', 'AWS does not answer: look at the network'],
  refused: ['refused', 'AWS refuses what it was asked for'],
}

/** A host's or system's failure by an error of AWS: its code and what to do; `undefined` where AWS is not to blame. */
export function meaningOfAws(
  error: unknown,
): { readonly code: FailureCode; readonly advice: string } | undefined {
  const kind = kindOfAws(error)
  if (kind === undefined) return undefined
  const [code, advice] = meanings[kind]
  return { code, advice }
}

/**
 * What an error says, as a part of a sentence: on one line, of `limit` characters at most, and without what is secret in an
 * address that was signed beforehand, should one be quoted. Empty where it says nothing.
 */
export function saidByAws(error: unknown, limit: number): string {
  const text = error instanceof Error ? error.message : String(error)
  const safe = text
    // The SDK's advice to whoever wrote the program.
    .replace(/\s*Deserialization error: to see the raw response[\s\S]*$/, '')
    .replaceAll(/\b(X-Amz-[A-Za-z-]+=)[^&\s"'<>]+/gi, '$1***')
  return oneLine(safe, limit).replace(/\.$/, '')
}
