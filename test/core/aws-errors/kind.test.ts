import { describe, expect, test } from 'vitest'
import { kindOfAws, neverSent } from '../../../src/core/aws-errors/kind.ts'
import { meaningOfAws, saidByAws } from '../../../src/core/aws-errors/meaning.ts'

function thrown(name: string, message = 'said', more: object = {}): Error {
  return Object.assign(new Error(message), { name, ...more })
}
const answered = (name: string, httpStatusCode: number) =>
  thrown(name, 'said', { $metadata: { httpStatusCode } })

describe('an error of AWS', () => {
  test.each([
    ['region', thrown('Error', 'Region is missing')],
    ['missing', thrown('CredentialsProviderError', 'Could not load credentials from any providers')],
    ['missing', thrown('CredentialsProviderError', 'Profile x is configured with invalid SSO credentials')],
    ['expired', thrown('TokenProviderError', "To refresh this SSO session run 'aws sso login'")],
    ['expired', answered('ExpiredTokenException', 403)],
    ['expired', answered('RequestExpired', 400)],
    ['unknown-key', answered('UnrecognizedClientException', 400)],
    ['unknown-key', answered('AuthFailure', 401)],
    ['unknown-key', answered('InvalidSignatureException', 400)],
    ['unknown-key', answered('', 401)],
    ['denied', answered('UnauthorizedOperation', 403)],
    ['denied', answered('AllAccessDisabled', 403)],
    ['denied', answered('UnknownError', 403)],
    ['busy', answered('RequestLimitExceeded', 503)],
    ['busy', answered('SlowDown', 503)],
    ['busy', answered('ProvisionedThroughputExceededException', 400)],
    ['busy', answered('TooManyUpdates', 400)],
    ['busy', answered('UnknownError', 429)],
    ['broken', answered('ServiceUnavailable', 503)],
    ['broken', answered('RequestTimeout', 400)],
    ['broken', answered('Odd', 502)],
    ['refused', answered('InvalidParameterValue', 400)],
    ['refused', answered('ExecutionLimitExceeded', 403)],
    ['refused', answered('LimitExceededException', 400)],
    ['unreachable', thrown('Error', 'connect', { code: 'ECONNREFUSED' })],
    ['unreachable', thrown('AggregateError', '', { errors: [thrown('Error', '', { code: 'ENETUNREACH' })] })],
    ['unreachable', thrown('Error', 'socket hang up')],
    ['unreachable', thrown('Error', 'self-signed', { code: 'SELF_SIGNED_CERT_IN_CHAIN' })],
    ['unreachable', thrown('TimeoutError')],
    // The page of a hotel, which lets nobody out yet.
    ['unreachable', Object.assign(new SyntaxError("'<'"), { $metadata: { httpStatusCode: 200 } })],
    [undefined, new TypeError('x is not a function')],
    [undefined, thrown('AbortError', 'The operation was aborted', { code: 'ABORT_ERR' })],
    [undefined, thrown('Error', 'ENOENT: no such file', { code: 'ENOENT' })],
    [undefined, 'text'],
  ])('%# is %s', (kind, error) => {
    expect(kindOfAws(error)).toBe(kind)
  })

  test('was never sent where there was no connection, and may have been where one broke', () => {
    expect(neverSent(thrown('Error', '', { code: 'ECONNREFUSED' }))).toBe(true)
    expect(neverSent(thrown('Error', '', { code: 'ECONNRESET' }))).toBe(false)
    expect(neverSent(answered('ServiceUnavailable', 503))).toBe(false)
  })

  test.each([
    [answered('AccessDenied', 403), 'auth', 'permission'],
    [answered('SlowDown', 503), 'busy', 'try again'],
    [answered('InternalError', 500), 'unreachable', 'trouble of its own'],
    [thrown('Error', 'Region is missing'), 'refused', 'AWS_REGION'],
  ])('means a failure and what to do about it: %s', (error, code, advice) => {
    expect(meaningOfAws(error)).toMatchObject({ code, advice: expect.stringContaining(advice) })
  })
})

describe('what AWS says', () => {
  test('keeps an address that was signed to itself, and paints nothing', () => {
    const url =
      'https://b.s3.amazonaws.com/k?X-Amz-Credential=AKIA%2Fx&X-Amz-Security-Token=secret1&X-Amz-Signature=secret2'
    const said = saidByAws(
      thrown('ValidationException', `Value '["curl ${url}"]'\u001b[31m\nat 'commands'.`),
      1_000,
    )
    expect(said).not.toMatch(/secret|AKIA|\u001b|\n/)
    expect(said).toContain("at 'commands'")
    expect(saidByAws(thrown('Odd', 'x'.repeat(900)), 300)).toHaveLength(301)
  })
})
