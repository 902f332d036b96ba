import { oneLine } from '../../core/one-line.ts'
import { HostTrouble } from '../../core/ports.ts'

/** The caller asked us to stop. */
export function cancelled(what: string, detail: Record<string, unknown> = {}): HostTrouble {
  return new HostTrouble('cancelled', `${what} was cancelled`, { detail })
}

/** Whether an error is the kind that a socket or the file system gives: it has a short upper-case code. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** The words of an error, whatever was thrown. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Bytes that a stranger sent, made fit to print: no control characters, at most `limit` characters. */
export function printable(text: string, limit = 120): string {
  return oneLine(text, limit)
}
