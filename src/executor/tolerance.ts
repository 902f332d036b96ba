import type { MapState } from '../core/asl.ts'
import { ErrorName, StateFailure } from './errors.ts'
import { prepareTyped } from './typed-field.ts'
import type { Visit } from './visit.ts'

/** How many items of a Map Run may fail: more than either of the two fails the Map. Without both, none may. */
export interface Tolerance {
  readonly count: number | undefined
  readonly percentage: number | undefined
}

export function prepareTolerance(state: MapState): (visit: Visit) => Promise<Tolerance> {
  const { ToleratedFailureCount: count, ToleratedFailurePercentage: percentage } = state
  const most = count === undefined ? undefined : prepareTyped(count, 'ToleratedFailureCount', 'integer')
  const share =
    percentage === undefined ? undefined : prepareTyped(percentage, 'ToleratedFailurePercentage', 'number')
  return async visit => {
    const scene = visit.scene()
    return { count: await most?.(scene), percentage: await share?.(scene) }
  }
}

/** The items that failed. A percentage is of all items, and so is judged once it is known how many they are. */
export class Failures {
  readonly #tolerance: Tolerance
  #failed = 0
  #total: number | undefined

  constructor(tolerance: Tolerance, total: number | undefined) {
    this.#tolerance = tolerance
    this.#total = total
  }

  /** @throws StateFailure when that is too many */
  add(items: number): void {
    this.#failed += items
    this.#judge()
  }

  /** @throws StateFailure when too many of them failed */
  outOf(total: number): void {
    this.#total = total
    this.#judge()
  }

  #judge(): void {
    const { count, percentage } = this.#tolerance
    const most = count ?? (percentage === undefined ? 0 : Number.POSITIVE_INFINITY)
    const share =
      percentage === undefined || this.#total === undefined ? undefined : (this.#total * percentage) / 100
    if (this.#failed <= most && (share === undefined || this.#failed <= share)) return
    throw new StateFailure({
      error: ErrorName.tolerance,
      cause: 'The specified tolerated failure threshold was exceeded',
    })
  }
}
