import type { PassState } from '../../core/asl.ts'
import { prepareConclusion } from '../conclusion.ts'
import type { Act } from '../prepared.ts'

export function preparePass(state: PassState): Act {
  const conclude = prepareConclusion(state)
  return visit => conclude(visit, {}, visit.input)
}
