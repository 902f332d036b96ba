import type { FailState } from '../../core/asl.ts'
import { StateFailure } from '../errors.ts'
import type { Act } from '../prepared.ts'
import { prepareTyped } from '../typed-field.ts'

export function prepareFail(state: FailState): Act {
  const error = state.Error === undefined ? undefined : prepareTyped(state.Error, 'Error', 'string')
  const cause = state.Cause === undefined ? undefined : prepareTyped(state.Cause, 'Cause', 'string')
  return async visit => {
    const scene = visit.scene()
    const said = { error: await error?.(scene), cause: await cause?.(scene) }
    throw new StateFailure({
      ...(said.error === undefined ? {} : { error: said.error }),
      ...(said.cause === undefined ? {} : { cause: said.cause }),
    })
  }
}
