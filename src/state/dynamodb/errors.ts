import { ReopsError } from '../../core/errors.ts'

/** There is no such table in the account and region: nothing was deployed there, or under another name. */
export class TableMissing extends ReopsError {
  override readonly name = 'TableMissing'
  override readonly slug = 'table-missing'
}

/** There are no credentials for the table, or they have expired or aren't AWS's. */
export class TableCredentials extends ReopsError {
  override readonly name = 'TableCredentials'
  override readonly slug = 'aws-credentials'
}

/** The credentials may not do this with the table. */
export class TableDenied extends ReopsError {
  override readonly name = 'TableDenied'
  override readonly slug = 'aws-denied'
}

/** The table was asked too often, or others changed the same over and over, up to the last try. */
export class TableBusy extends ReopsError {
  override readonly name = 'TableBusy'
  override readonly slug = 'aws-busy'
  override readonly retryable = true
}

/** Nobody answered for the table. Whether the last change was written is not known. */
export class TableUnreachable extends ReopsError {
  override readonly name = 'TableUnreachable'
  override readonly slug = 'aws-unreachable'
  override readonly retryable = true
}

/** The table's service refuses what it was asked for. */
export class TableRefused extends ReopsError {
  override readonly name = 'TableRefused'
  override readonly slug = 'aws-refused'
}

/** More is told of a system than an item of a table holds. */
export class SystemTooLarge extends ReopsError {
  override readonly name = 'SystemTooLarge'
  override readonly slug = 'system-too-large'
}
