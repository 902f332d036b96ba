import type { FailureCode } from '../../../core/outcome.ts'
import { HostTrouble } from '../../../core/ports.ts'
import { SystemTrouble } from '../../../core/systems/trouble.ts'

/** What the errors of a store and of the wiring mean for the one system that met them. */
const meaning: Readonly<Record<string, FailureCode>> = {
  SystemHeld: 'busy',
  RevisionConflict: 'busy',
  SystemLeaseLost: 'unknown',
  HostnameTaken: 'refused',
  UnknownSystem: 'refused',
  UnreadableSystem: 'refused',
  UnknownProvider: 'refused',
}

/** Codes that say that nothing was done, unless the work had begun: later they may tell of its middle. */
const untouched: ReadonlySet<FailureCode> = new Set(['busy', 'refused', 'unreachable', 'auth', 'host-key'])

/** Whether a trouble leaves a system as it was. */
export function leavesUntouched(
  { code, left }: SystemTrouble,
  { begun }: { readonly begun: boolean },
): boolean {
  return left.length === 0 && !begun && untouched.has(code)
}

/**
 * What an error means for a system: its trouble. An abort is told by why it was aborted. What is nobody's trouble but
 * the program's is answered as it is.
 */
export function toTrouble(error: unknown, signal: AbortSignal): SystemTrouble | Error {
  if (error instanceof SystemTrouble) return error
  if (error instanceof HostTrouble)
    return new SystemTrouble(error.code, error.message, { detail: { ...error.detail }, cause: error })
  if (signal.aborted && (error === signal.reason || nameOf(error) === 'AbortError'))
    return signal.reason instanceof SystemTrouble
      ? signal.reason
      : new SystemTrouble('cancelled', 'stopped when it was cancelled', { cause: error })
  const code = meaning[nameOf(error) ?? '']
  if (error instanceof Error) return code ? new SystemTrouble(code, error.message, { cause: error }) : error
  return new Error(String(error))
}

/** The same trouble with more to say. */
export function retold(
  trouble: SystemTrouble,
  message: string,
  detail: Record<string, unknown> = {},
): SystemTrouble {
  const { code, cause, left } = trouble
  return new SystemTrouble(code, message, { detail: { ...trouble.detail, ...detail }, cause, left })
}

function nameOf(error: unknown): string | undefined {
  return error instanceof Error ? error.name : undefined
}
