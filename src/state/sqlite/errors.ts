import { ReopsError } from '../../core/errors.ts'

/** Nothing can be written for want of space. What was gathered is kept and written once there is some. */
export class StorageFull extends ReopsError {
  override readonly name = 'StorageFull'
  override readonly retryable = true
}

/** The database or its folder can be read and not written. */
export class DatabaseReadOnly extends ReopsError {
  override readonly name = 'DatabaseReadOnly'
  override readonly retryable = true
}

/** Another process held the database for longer than we wait. */
export class DatabaseBusy extends ReopsError {
  override readonly name = 'DatabaseBusy'
  override readonly retryable = true
}

/** The system failed to open, read or write the file. */
export class DatabaseUnavailable extends ReopsError {
  override readonly name = 'DatabaseUnavailable'
  override readonly retryable = true
}

/** What the file holds is no longer a database, and it can't be set aside now. */
export class DatabaseDamaged extends ReopsError {
  override readonly name = 'DatabaseDamaged'
}

/** The database was written by a newer version of this program. */
export class DatabaseNewer extends ReopsError {
  override readonly name = 'DatabaseNewer'
  readonly found: number
  readonly known: number

  constructor(file: string, found: number, known: number) {
    super(
      `${file} is of version ${found}, and this program knows versions up to ${known}: ` +
        'update Re-ops, or let REOPS_STATE name another folder. Nothing was changed',
    )
    this.found = found
    this.known = known
  }
}

/** The file is a sound database of some other program. */
export class DatabaseForeign extends ReopsError {
  override readonly name = 'DatabaseForeign'
}
