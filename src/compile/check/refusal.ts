import { ReopsError } from '../../core/errors.ts'

/** Why a machine is refused; each code has a page under docs/errors. */
export type RefusalCode = (typeof refusalCodes)[number]

/** Every reason for a refusal. */
export const refusalCodes = [
  'undefined-variable',
  'result-in-arguments',
  'heartbeat-not-below-timeout',
  'misplaced-states-all',
  'eval-unavailable',
  'max-delay-not-above-interval',
  'name-too-long',
  'invalid-name',
  'invalid-expression',
  'definition-too-large',
] as const

/**
 * A machine that AWS would refuse at deployment, or accept and then fail or misread. `state` names the state at
 * fault.
 */
export class CompileRefusal extends ReopsError {
  override readonly name = 'CompileRefusal'
  override readonly slug: RefusalCode
  readonly code: RefusalCode
  readonly state: string

  constructor(code: RefusalCode, state: string, message: string, cause?: unknown) {
    super(`${state}: ${message} [${code}]`, {
      detail: { code, state },
      ...(cause === undefined ? {} : { cause }),
    })
    this.slug = code
    this.code = code
    this.state = state
  }
}
