import type { FailureCode } from '../../core/outcome.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { LxdError, type LxdTrouble } from './api/errors.ts'

const codes: Readonly<Record<LxdTrouble, FailureCode>> = {
  unreachable: 'unreachable',
  untrusted: 'host-key',
  forbidden: 'auth',
  'not-found': 'exception',
  exists: 'exception',
  busy: 'exception',
  changed: 'exception',
  invalid: 'exception',
  failed: 'exception',
  timeout: 'timeout',
  cancelled: 'cancelled',
  unknown: 'unknown',
  malformed: 'exception',
}

/** What an error of LXD's means for a system. Other errors are a wrong program's and stay as they are. */
export function asTrouble(node: string, error: unknown, left: readonly string[] = []): unknown {
  if (error instanceof SystemTrouble && left.length > 0) {
    const { code, message, detail } = error
    return new SystemTrouble(code, message, { detail, cause: error, left: [...error.left, ...left] })
  }
  if (!(error instanceof LxdError)) return error
  const detail = { lxd: error.kind, ...(error.status === undefined ? {} : { status: error.status }) }
  return new SystemTrouble(codes[error.kind], `${node}: ${error.message}`, { detail, cause: error, left })
}
