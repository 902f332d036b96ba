import { describe, expect, test } from 'vitest'
import { awsNameOf, explainAws } from '../../../src/core/aws-errors/explain.ts'
import { ReopsError } from '../../../src/core/errors.ts'

const asked = { action: 'states:StartExecution', region: 'eu-central-1' }

function thrown(name: string, message: string, more: object = {}): Error {
  return Object.assign(new Error(message), { name, ...more })
}

describe('what a client of AWS throws becomes an error that says what to do', () => {
  test.each([
    [
      thrown('CredentialsProviderError', 'Could not load credentials from any providers'),
      'AwsCredentials',
      'aws configure',
    ],
    [
      thrown('CredentialsProviderError', 'The SSO session associated with this profile has expired.'),
      'AwsCredentials',
      'aws sso login',
    ],
    [
      thrown('ExpiredTokenException', 'The security token included in the request is expired'),
      'AwsCredentials',
      'aws sso login',
    ],
    [
      thrown('UnrecognizedClientException', 'The security token is invalid.'),
      'AwsCredentials',
      'region eu-central-1 is enabled',
    ],
    [thrown('SignatureDoesNotMatch', 'Signature expired'), 'AwsCredentials', 'the clock of this machine'],
    [thrown('AccessDeniedException', 'no policy allows it'), 'AwsDenied', 'states:StartExecution'],
    [thrown('Error', 'Region is missing'), 'InvalidConfig', 'aws: { region'],
    [
      thrown('Error', 'getaddrinfo ENOTFOUND x', { code: 'ENOTFOUND' }),
      'AwsUnreachable',
      'region eu-central-1',
    ],
    [thrown('TimeoutError', 'took too long'), 'AwsUnreachable', 'network'],
    [
      Object.assign(new AggregateError([thrown('Error', 'no', { code: 'ECONNREFUSED' })]), {}),
      'AwsUnreachable',
      'network',
    ],
    [thrown('ThrottlingException', 'Rate exceeded'), 'AwsBusy', 'try again later'],
    [thrown('Odd', 'odd', { $metadata: { httpStatusCode: 503 } }), 'AwsBusy', 'try again later'],
    [thrown('ExecutionLimitExceeded', 'too many'), 'AwsRefused', 'ExecutionLimitExceeded: too many'],
  ])('%s is %s', (error, name, text) => {
    const explained = explainAws(error, asked)
    expect(explained.name).toBe(name)
    expect(explained.message).toContain(text)
    expect(explained.cause).toBe(error)
    expect(awsNameOf(explained)).toBe(error.name)
  })

  test('a profile is named to whoever has to log in to it', () => {
    const error = thrown('ExpiredToken', 'expired')
    expect(explainAws(error, { ...asked, profile: 'closet' }).message).toContain(
      'aws sso login --profile closet',
    )
  })

  test('an abort, and what is ours already, stay as they are', () => {
    const own = new ReopsError('ours')
    const abort = thrown('AbortError', 'aborted')
    expect([explainAws(own, asked), explainAws(abort, asked)]).toEqual([own, abort])
  })

  test('what it says stays on one line and has an end', () => {
    const { message } = explainAws(thrown('Odd', `a\nb ${'x'.repeat(10_000)}`), asked)
    expect(message).not.toContain('\n')
    expect(message.length).toBeLessThan(700)
  })
})
