import type { SucceedState } from '../../core/asl.ts'
import { prepareConclusion } from '../conclusion.ts'
import type { Act } from '../prepared.ts'

export function prepareSucceed(state: SucceedState): Act {
  const conclude = prepareConclusion(state)
  return visit => conclude(visit, {}, visit.input)
}
