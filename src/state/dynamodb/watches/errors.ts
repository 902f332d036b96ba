import { ReopsError } from '../../../core/errors.ts'

/** More is remembered of a watch than an item of a table holds. */
export class WatchTooLarge extends ReopsError {
  override readonly name = 'WatchTooLarge'
}
