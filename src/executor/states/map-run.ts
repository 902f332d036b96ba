import type { MapState } from '../../core/asl.ts'
import type { Json } from '../../core/json.ts'
import { prepareBatches } from '../batches.ts'
import { Cancelled } from '../cancellation.ts'
import { concurrently } from '../concurrently.ts'
import { ErrorName, errorOutputOf, StateFailure } from '../errors.ts'
import type { Inputs } from '../items.ts'
import { noteOf } from '../journal.ts'
import { runMachine } from '../machine.ts'
import type { PreparedGraph } from '../prepared.ts'
import { childOf, mapRunArn, pastInputOf } from '../run.ts'
import type { Visit } from '../visit.ts'

/** How many children may fail: more than either of the two fails the Map. Without both, none may. */
export interface Tolerance {
  readonly count: number | undefined
  readonly percentage: number | undefined
}

/** What a Map's iterations answered, and the event that its exit follows. */
export interface Mapped {
  readonly result: Json[]
  readonly followed: number
}

type MapRun = (visit: Visit, inputs: Inputs, limit: number, tolerance: Tolerance) => Promise<Mapped>

/**
 * A DISTRIBUTED Map: each item, or batch of items, is the input of an execution of its own, which sees no
 * variable of its parent's and has its own history. A child that failed within the tolerance stands in the
 * result as `{ Error, Cause }`.
 */
export function prepareMapRun(state: MapState, graph: PreparedGraph): MapRun {
  const batches = state.ItemBatcher === undefined ? undefined : prepareBatches(state.ItemBatcher)

  return async (visit, inputs, limit, tolerance) => {
    const { frame } = visit
    const { run } = frame
    // The label names the children, which are found again by it.
    const label = `${state.Label ?? visit.name}:${visit.uuid('label')}`
    frame.tell(
      'MapStateStarted',
      'mapStateStarted',
      () => ({ length: 0 }),
      () => visit.note(),
    )
    const followed = frame.tell('MapRunStarted', 'mapRunStarted', () => ({
      mapRunArn: mapRunArn(run, label),
    }))

    if (visit.past?.mapRunRedriven === true) {
      const details = () => ({ mapRunArn: mapRunArn(run, label), redriveCount: run.execution.RedriveCount })
      run.history.tell('MapRunRedriven', frame.scope, frame.last, 'mapRunRedriven', details)
    }

    try {
      const batched = batches === undefined ? undefined : await batches(visit, await selectAll(inputs))
      const count = batched?.length ?? inputs.items.length
      visit.begun()
      const result: Json[] = new Array(count)
      const failures = new Failures(count, tolerance)

      await concurrently(
        count,
        limit || run.ports.limits.distributedConcurrency,
        frame.cancellation,
        async (index, cancellation) => {
          const before = pastInputOf(run, label, index)
          const input =
            before === undefined
              ? visit.limit(batched?.[index] ?? (await inputs.at(index)), visit.name)
              : (JSON.parse(before) as Json)
          const end = await runMachine(childOf(run, label, index, input), graph, cancellation)
          if (end.status === 'SUCCEEDED') {
            result[index] = end.output
            return
          }
          cancellation.throwIfCancelled()
          // It was stopped before a crash.
          if (end.status !== 'FAILED') throw new Cancelled('sibling', end.cause ?? end.status)
          result[index] = errorOutputOf(end)
          failures.add()
        },
      )
      frame.tell('MapRunSucceeded')
      return { result, followed }
    } catch (thrown) {
      if (thrown instanceof StateFailure)
        frame.tell(
          'MapRunFailed',
          'mapRunFailed',
          () => ({ ...thrown.output }),
          () => ({ failed: thrown.output }),
        )
      else frame.tell('MapRunAborted', undefined, undefined, () => noteOf(thrown))
      throw thrown
    }
  }
}

class Failures {
  readonly #most: number
  #count = 0

  constructor(children: number, { count, percentage }: Tolerance) {
    const byShare = percentage === undefined ? Number.POSITIVE_INFINITY : (children * percentage) / 100
    this.#most =
      count === undefined && percentage === undefined
        ? 0
        : Math.min(count ?? Number.POSITIVE_INFINITY, byShare)
  }

  /** @throws StateFailure when that is one too many */
  add(): void {
    if (++this.#count <= this.#most) return
    throw new StateFailure({
      error: ErrorName.tolerance,
      cause: 'The specified tolerated failure threshold was exceeded',
    })
  }
}

async function selectAll(inputs: Inputs): Promise<readonly Json[]> {
  const selected: Json[] = []
  for (let index = 0; index < inputs.items.length; index++) selected.push(await inputs.at(index))
  return selected
}
