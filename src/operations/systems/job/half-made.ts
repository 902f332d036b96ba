import type { System } from '../../../core/systems/system.ts'
import { SystemTrouble } from '../../../core/systems/trouble.ts'
import type { AtWork } from './at-work.ts'

/** The stage of a system whose destruction failed in the middle. */
export const destroyingStage = 'destroying'

/** Whether a system was being created when that failed or its process ended. */
export function isHalfMade({ state, ref }: System): boolean {
  return state === 'creating' || (state === 'broken' && ref === undefined)
}

/** Whether a system was being destroyed when that failed or its process ended. */
export function isHalfGone({ state, stage }: System): boolean {
  return state === 'destroying' || (state === 'broken' && stage === destroyingStage)
}

/** Refuses what was not wholly made or is half destroyed: it is for `repair` and `destroy` alone. */
export function refuseHalfMade({ system }: AtWork, what: string): void {
  if (!isHalfMade(system) && !isHalfGone(system)) return
  const { state, stage, hostname } = system
  const at = stage === undefined ? '' : ` at the stage ${JSON.stringify(stage)}`
  const message = `${hostname} is ${state}${at}: what began was not finished, so that there is nothing to ${what}; reops repair ${hostname} goes on with it, reops destroy ${hostname} takes it away`
  throw new SystemTrouble('refused', message, { detail: { state, stage } })
}
