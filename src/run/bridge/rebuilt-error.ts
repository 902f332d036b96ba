import { ReopsError } from '../../core/errors.ts'
import { isRecord } from '../../core/json.ts'

/** Errors of ours that have a page, where the page's name does not follow from theirs. */
const pages: Readonly<Record<string, string>> = { NotJsonValue: 'not-json' }

/** Errors of ours that operations throw and that have a page. */
const own: ReadonlySet<string> = new Set([
  ...['FlowChanged', 'HostnameTaken', 'InvalidArguments', 'InvalidConfig', 'InvalidInput', 'InvalidSystem'],
  ...['NotJsonValue', 'RevisionConflict', 'SystemHeld', 'SystemLeaseLost', 'UnexpectedData', 'UnknownFlow'],
  ...['UnknownProvider', 'UnknownSystem', 'UnknownTask', 'UnknownTransport', 'ExecutionFailed'],
  ...['ExecutionCancelled', 'ExecutionStuck', 'ExecutionSuspended', 'PipelineGone'],
])

/** The page of an error of ours, by its name. */
export function slugOf(name: string): string | undefined {
  if (!own.has(name)) return undefined
  return pages[name] ?? name.replace(/(?<!^)[A-Z]/g, letter => `-${letter}`).toLowerCase()
}

/**
 * An error that was thrown in another process, out of the name and the cause by which it was told, so that whoever looks
 * at it sees what they would have seen in this one.
 */
export function rebuiltError(name: string, cause: string): Error {
  const { message, detail } = read(cause)
  const slug = slugOf(name)
  const error = slug === undefined ? new Error(message) : new ReopsError(message, { detail })
  Object.defineProperty(error, 'name', { value: name })
  if (slug !== undefined) Object.defineProperty(error, 'slug', { value: slug })
  return error
}

function read(cause: string): { readonly message: string; readonly detail: Record<string, unknown> } {
  try {
    const said: unknown = JSON.parse(cause)
    if (!isRecord(said) || typeof said.errorMessage !== 'string') return { message: cause, detail: {} }
    return { message: said.errorMessage, detail: isRecord(said.detail) ? { ...said.detail } : {} }
  } catch {
    // Some causes are plain text.
    return { message: cause, detail: {} }
  }
}
