import type { CloudOptions } from '../../core/operation/operation.ts'
import { verbPermissions } from './permissions.ts'

/**
 * Seconds: long enough that most verbs are done in one or two calls, and well below a lease's, which lasts over the
 * pause to the next call.
 */
const slice = { seconds: 25, pauseSeconds: 5 }

/** A slice, what a provider and the record of a system have to end by themselves, and the start of a function. */
const timeoutSeconds = 60

/** How a verb executes in the cloud, on systems that are instances of EC2. */
export function verbInCloud(
  verb: keyof typeof verbPermissions,
  begins?: CloudOptions['begins'],
): CloudOptions {
  const permissions = verbPermissions[verb]
  return { capability: 'ec2', permissions, timeoutSeconds, slice, ...(begins ? { begins } : {}) }
}
