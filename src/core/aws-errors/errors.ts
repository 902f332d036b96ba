import { ReopsError } from '../errors.ts'

/** There are no credentials of AWS, or they are expired or not known to it. */
export class AwsCredentials extends ReopsError {
  override readonly name = 'AwsCredentials'
  override readonly slug = 'aws-credentials'
}

/** The credentials are good, and may not do this. */
export class AwsDenied extends ReopsError {
  override readonly name = 'AwsDenied'
  override readonly slug = 'aws-denied'
}

/** Nothing of AWS answered. */
export class AwsUnreachable extends ReopsError {
  override readonly name = 'AwsUnreachable'
  override readonly slug = 'aws-unreachable'
  override readonly retryable = true
}

/** AWS was asked too often, and went on saying so, or had a trouble of its own. */
export class AwsBusy extends ReopsError {
  override readonly name = 'AwsBusy'
  override readonly slug = 'aws-busy'
  override readonly retryable = true
}

/** AWS refuses what it was asked for. */
export class AwsRefused extends ReopsError {
  override readonly name = 'AwsRefused'
  override readonly slug = 'aws-refused'
}
