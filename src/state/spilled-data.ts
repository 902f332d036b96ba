import { ReopsError } from '../core/errors.ts'

/** Data that a step refers to is not kept any more. */
export class SpilledDataMissing extends ReopsError {
  override readonly name = 'SpilledDataMissing'
}

/** What is kept is not what was kept: somebody, or a disk, has changed it. */
export class SpilledDataDamaged extends ReopsError {
  override readonly name = 'SpilledDataDamaged'
}

/** What a key looks like: a SHA-256. */
export const spilledKey = /^[0-9a-f]{64}$/
