import { ReopsError } from '../../core/errors.ts'

/** The stack, or a flow of it, is not deployed in this account and region. */
export class NotDeployed extends ReopsError {
  override readonly name = 'NotDeployed'
  override readonly slug = 'not-deployed'
}

/** The credentials belong to another account than the one that the configuration names. */
export class WrongAccount extends ReopsError {
  override readonly name = 'WrongAccount'
  override readonly slug = 'wrong-account'
}
