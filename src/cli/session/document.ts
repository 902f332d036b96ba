import { ReopsError } from '../../core/errors.ts'
import { isOutcome } from '../../core/outcome.ts'
import { ExecutionFailed } from '../../core/runtime.ts'
import type { Ended } from './ended.ts'

/** What was run: a flow by its name, or the command that the hosts were given. */
export type Subject = { readonly flow: string } | { readonly command: string }

/** The document that `--json` prints for an execution; docs/cli.md describes it. */
export function executionDocument(subject: Subject, ended: Ended): object {
  const { execution, status, result, summary, error } = ended
  return {
    ...subject,
    execution: execution ?? null,
    status,
    ...(isOutcome(result) ? { outcome: result } : { result: result ?? null }),
    summary,
    ...(error === undefined ? {} : { error: describe(error) }),
  }
}

/** The document for what goes on without us. */
export function leftDocument(subject: Subject, execution: string): object {
  return { ...subject, execution, status: 'running', result: null }
}

/** The document for what could not be started. */
export function refusalDocument(subject: Subject, error: unknown): object {
  return { ...subject, execution: null, status: 'failed', error: describe(error) }
}

function describe(error: unknown): object {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) }
  const name = error instanceof ExecutionFailed ? error.error : error.name
  const page = pageOf(error)
  return { name, message: error.message, ...(page === undefined ? {} : { page }) }
}

/** The page that explains an error: that of what ended an execution says more than that something did. */
export function pageOf(error: unknown): string | undefined {
  if (!isOnPurpose(error)) return undefined
  const inner = error instanceof ExecutionFailed ? pageOf(error.cause) : undefined
  return inner ?? (error.slug === undefined ? undefined : `docs/errors/${error.slug}.md`)
}

/** Whether an error was thrown on purpose. A project may bring a copy of re-ops of its own, with classes of its own. */
export function isOnPurpose(error: unknown): error is ReopsError {
  return error instanceof ReopsError || (error instanceof Error && 'retryable' in error && 'slug' in error)
}
