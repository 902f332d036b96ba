import { ReopsError } from '../../../core/errors.ts'

/** The keyring can't be read or written, or another process holds it for too long. */
export class KeyringTrouble extends ReopsError {
  override readonly name = 'KeyringTrouble'
  override readonly slug = 'keyring'
}

/** A key or a name can't be added or revoked as asked: it is taken, was revoked, or is not there. */
export class KeyRefused extends ReopsError {
  override readonly name = 'KeyRefused'
  override readonly slug = 'key-refused'
}

/** A token opens nothing. Its message does not say which of the reasons it was when a stranger may hear it. */
export class TokenRefused extends ReopsError {
  override readonly name = 'TokenRefused'
  override readonly slug = 'token-refused'
}
