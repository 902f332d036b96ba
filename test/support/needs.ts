import { findBinary } from '../../scripts/house/binaries.mjs'
import { services } from '../../scripts/house/services.mjs'

declare module 'vitest' {
  interface TaskMeta {
    /** Why the test is left out; the summary names it. */
    leftOut?: string
  }
}

/** Options for `describe` or `test` that leave it out where a program is not installed. */
export type Needs = { skip?: true; meta?: { leftOut: string } }

/**
 * Says which programs a test or a group of tests uses. Where one is missing they are left out, hooks
 * included, and the run's summary names them with the reason.
 *
 * @example
 * describe('sync', needs('rsync', 'sshd'), () => { … })
 */
export function needs(...binaries: string[]): Needs {
  const missing = binaries.filter(binary => findBinary(binary) === undefined)
  return missing.length === 0 ? {} : leaveOut(missing.map(reason).join('; '))
}

/**
 * Leaves a test or a group of tests out for any other reason.
 *
 * @example
 * test('keeps the mode', process.getuid?.() === 0 ? {} : leaveOut('needs root'), () => { … })
 */
export function leaveOut(why: string): Needs {
  return { skip: true, meta: { leftOut: why } }
}

function reason(binary: string): string {
  const service = services.find(candidate => candidate.binary === binary)
  return service ? `${binary} is not installed (package ${service.package})` : `${binary} is not installed`
}
