/** Extra facts that an error carries for programs, and the error that caused it. */
export interface ReopsErrorOptions {
  readonly cause?: unknown
  readonly detail?: Record<string, unknown>
}

/**
 * The base of every error that is thrown on purpose: a wrong program or configuration, never a host's trouble.
 * `name` is fixed and is what Retry and Catch match; `retryable` says whether the same call may succeed later.
 * `slug` names its page under docs/errors, where there is one.
 */
export class ReopsError extends Error {
  readonly retryable: boolean = false
  readonly slug: string | undefined = undefined
  readonly detail: Record<string, unknown>

  constructor(message: string, options: ReopsErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.detail = options.detail ?? {}
  }
}

/** The arguments of an operation or a combinator do not fit its schema. */
export class InvalidArguments extends ReopsError {
  override readonly name = 'InvalidArguments'
  override readonly slug = 'invalid-arguments'
}

/** The input of a flow does not fit its schema. */
export class InvalidInput extends ReopsError {
  override readonly name = 'InvalidInput'
  override readonly slug = 'invalid-input'
}

/** A step answered something that JSON would change or lose. */
export class NotJsonValue extends ReopsError {
  override readonly name = 'NotJsonValue'
  override readonly slug = 'not-json'
}

/** A step was given data that it can't act on, such as a number where hosts or an outcome are needed. */
export class UnexpectedData extends ReopsError {
  override readonly name = 'UnexpectedData'
  override readonly slug = 'unexpected-data'
}

/** The flow, the operation or the version that a task names is not here. */
export class UnknownTask extends ReopsError {
  override readonly name = 'UnknownTask'
  override readonly slug = 'unknown-task'
}

/** The flow changed while an execution of it was under way; the old closure is gone. */
export class FlowChanged extends ReopsError {
  override readonly name = 'FlowChanged'
  override readonly slug = 'flow-changed'
}

/** The configuration can't be read or does not fit its schema. */
export class InvalidConfig extends ReopsError {
  override readonly name = 'InvalidConfig'
  override readonly slug = 'invalid-config'
}

/** Turns what zod found into one line per problem: `path: what is wrong`. */
export function explainIssues(
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): string {
  return issues
    .map(issue => `${issue.path.length > 0 ? `${issue.path.map(String).join('.')}: ` : ''}${issue.message}`)
    .join('; ')
}

/** The errors that the same call meets again, whenever it is made: what a Retry leaves alone. */
export const terminalErrors: readonly string[] = [
  'InvalidArguments',
  'InvalidInput',
  'NotJsonValue',
  'UnexpectedData',
  'UnknownTask',
  'FlowChanged',
  'InvalidConfig',
]

/** What an error says, out of the JSON in which Lambda puts a cause. A cause that is plain text is said as it is. */
export function messageIn(cause: string): string {
  try {
    const said: unknown = JSON.parse(cause)
    return typeof said === 'object' && said !== null && 'errorMessage' in said
      ? String(said.errorMessage)
      : cause
  } catch {
    // Most causes are plain text.
    return cause
  }
}
