import { ReopsError } from '../../core/errors.ts'

/** There is no such table in the account and region: nothing was deployed there, or under another name. */
export class TableMissing extends ReopsError {
  override readonly name = 'TableMissing'
  override readonly slug = 'table-missing'
}

/** More is told of a system than an item of a table holds. */
export class SystemTooLarge extends ReopsError {
  override readonly name = 'SystemTooLarge'
  override readonly slug = 'system-too-large'
}
