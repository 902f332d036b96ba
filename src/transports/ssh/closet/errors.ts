import { ReopsError } from '../../../core/errors.ts'

/** The closet could not be opened, or could not be emptied again; the message says what to do. */
export class ClosetError extends ReopsError {
  override readonly name = 'ClosetError'
}
