import { ReopsError } from '../../core/errors.ts'
import { isRecord } from '../../core/json.ts'

/** Errors of ours that operations throw, as they are wherever they are thrown. A test holds it to their classes. */
export const known: Readonly<Record<string, { readonly slug: string; readonly retryable?: true }>> = {
  AwsBusy: { slug: 'aws-busy', retryable: true },
  AwsCredentials: { slug: 'aws-credentials' },
  AwsDenied: { slug: 'aws-denied' },
  AwsRefused: { slug: 'aws-refused' },
  AwsUnreachable: { slug: 'aws-unreachable', retryable: true },
  BundleFailed: { slug: 'bundle-failed' },
  ClosetBusy: { slug: 'closet-busy', retryable: true },
  ExecutionCancelled: { slug: 'execution-cancelled' },
  ExecutionFailed: { slug: 'execution-failed' },
  ExecutionStuck: { slug: 'execution-stuck' },
  ExecutionSuspended: { slug: 'execution-suspended' },
  FileRefused: { slug: 'file-refused' },
  FlowChanged: { slug: 'flow-changed' },
  HostnameTaken: { slug: 'hostname-taken' },
  InvalidArguments: { slug: 'invalid-arguments' },
  InvalidConfig: { slug: 'invalid-config' },
  InvalidInput: { slug: 'invalid-input' },
  InvalidSystem: { slug: 'invalid-system' },
  MailNotSent: { slug: 'mail-not-sent' },
  NotJsonValue: { slug: 'not-json' },
  ParameterMissing: { slug: 'parameter-missing' },
  PipelineGone: { slug: 'pipeline-gone' },
  PricesUnavailable: { slug: 'prices-unavailable', retryable: true },
  RevisionConflict: { slug: 'revision-conflict', retryable: true },
  SpillUnavailable: { slug: 'spill-unavailable' },
  SystemHeld: { slug: 'system-held', retryable: true },
  SystemLeaseLost: { slug: 'system-lease-lost' },
  SystemTooLarge: { slug: 'system-too-large' },
  TableMissing: { slug: 'table-missing' },
  UnexpectedData: { slug: 'unexpected-data' },
  UnknownFlow: { slug: 'unknown-flow' },
  UnknownProvider: { slug: 'unknown-provider' },
  UnknownSpotPool: { slug: 'unknown-spot-pool' },
  UnknownSystem: { slug: 'unknown-system' },
  UnknownTask: { slug: 'unknown-task' },
  UnknownTransport: { slug: 'unknown-transport' },
}

/**
 * An error that was thrown in another process, out of the name and the cause by which it was told, so that whoever looks
 * at it sees what they would have seen in this one.
 */
export function rebuiltError(name: string, cause: string): Error {
  const { message, detail } = read(cause)
  const own = Object.hasOwn(known, name) ? known[name] : undefined
  const error = own === undefined ? new Error(message) : new ReopsError(message, { detail })
  const fields = own === undefined ? { name } : { name, retryable: false, ...own }
  for (const [field, value] of Object.entries(fields))
    Object.defineProperty(error, field, { value, enumerable: field !== 'name' })
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
