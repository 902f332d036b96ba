import { ReopsError } from '../../core/errors.ts'

/** The audit log can't be written, so nothing that has to be in it may be done. */
export class AuditUnavailable extends ReopsError {
  override readonly name = 'AuditUnavailable'
  override readonly slug = 'audit-unavailable'
  override readonly retryable = true
}
