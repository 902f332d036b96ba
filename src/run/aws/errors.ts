import { ReopsError } from '../../core/errors.ts'

/** The stack, or a flow of it, is not deployed in this account and region. */
export class NotDeployed extends ReopsError {
  override readonly name = 'NotDeployed'
  override readonly slug = 'not-deployed'
}

/** A function was called and failed: what it threw, or how Lambda ended it, is in its message and in `detail.error`. */
export class FunctionFailed extends ReopsError {
  override readonly name = 'FunctionFailed'
  override readonly slug = 'function-failed'
}

/** The credentials belong to another account than the one that the configuration names. */
export class WrongAccount extends ReopsError {
  override readonly name = 'WrongAccount'
  override readonly slug = 'wrong-account'
}
