import { ReopsError } from '../errors.ts'

/** A schedule that can't be kept: a wrong time, a time zone that there is none of, an option out of its range. */
export class InvalidSchedule extends ReopsError {
  override readonly name = 'InvalidSchedule'
  override readonly slug = 'invalid-schedule'
  /** The part that is wrong, such as `hours`, `timezone` or `retry.attempts`. */
  readonly field: string

  constructor(field: string, message: string, cause?: unknown) {
    super(`schedule: ${field}: ${message}`, {
      detail: { field },
      ...(cause === undefined ? {} : { cause }),
    })
    this.field = field
  }
}
