import type { MapState } from '../../core/asl.ts'
import type { Json } from '../../core/json.ts'
import { oneByOne, prepareBatches } from '../batches.ts'
import { type Cancellation, Cancelled } from '../cancellation.ts'
import { drain } from '../concurrently.ts'
import type { Ended } from '../describe.ts'
import { ErrorName, type ErrorOutput, StateFailure } from '../errors.ts'
import { prepareItemStream } from '../items.ts'
import { noteOf } from '../journal.ts'
import { runMachine } from '../machine.ts'
import type { PreparedGraph } from '../prepared.ts'
import { type Items, inputOf } from '../readers/item.ts'
import { prepareResults } from '../results/writer.ts'
import { childOf, mapRunArn, type Run } from '../run.ts'
import type { Template } from '../template.ts'
import { Failures, prepareTolerance } from '../tolerance.ts'
import type { TypedField } from '../typed-field.ts'
import type { Visit } from '../visit.ts'

/** What a Map's iterations answered, and the event that its exit follows. */
export interface Mapped {
  readonly result: Json
  readonly followed: number
}

/**
 * A DISTRIBUTED Map: each item, or batch of items, is the input of an execution of its own, which sees no
 * variable of its parent's and has its own history. Items are read as there is room for their children, and what
 * the children answered is given on as they end, so that neither has to fit into memory.
 */
export function prepareMapRun(
  state: MapState,
  graph: PreparedGraph,
  selector: Template | undefined,
  atOnce: TypedField<number>,
): (visit: Visit) => Promise<Mapped> {
  const itemsOf = prepareItemStream(state)
  const batches = state.ItemBatcher === undefined ? undefined : prepareBatches(state.ItemBatcher)
  const tolerance = prepareTolerance(state)
  const resultsOf = prepareResults(state.ResultWriter)

  return async visit => {
    const { frame } = visit
    const { run } = frame
    const { items, total } = await itemsOf(visit)
    const limit = await atOnce(visit.scene())
    const failures = new Failures(await tolerance(visit), total)
    const label = state.Label ?? visit.name
    // It names the children, which are found again by it.
    const id = `${label}:${visit.uuid('label')}`
    const arn = mapRunArn(run, id)
    const details = () => ({ length: 0 })
    frame.tell('MapStateStarted', 'mapStateStarted', details, () => visit.note())
    const followed = frame.tell('MapRunStarted', 'mapRunStarted', () => ({ mapRunArn: arn }))

    if (visit.past?.mapRunRedriven === true) {
      const redriven = () => ({ mapRunArn: arn, redriveCount: run.execution.RedriveCount })
      run.history.tell('MapRunRedriven', frame.scope, frame.last, 'mapRunRedriven', redriven)
    }

    try {
      const results = await resultsOf(visit, arn)
      const inputs = selected(visit, items, selector)
      const portions = batches === undefined ? oneByOne(inputs) : await batches(visit, inputs)
      let seen = 0
      const work = drain(
        portions,
        limit || run.ports.limits.distributedConcurrency,
        frame.cancellation,
        async (portion, index, cancellation) => {
          seen += portion.items
          const child = childOf(run, id, index, visit.limit(portion.input, visit.name))
          const ended = endOf(
            child,
            `${run.stateMachine.Id}/${label}`,
            await runMachine(child, graph, cancellation),
          )
          if (ended.result.status !== 'SUCCEEDED') stopped(ended.result, cancellation)
          await results.add(index, ended)
          if (ended.result.status !== 'SUCCEEDED') failures.add(portion.items)
        },
      )
      try {
        await work
        failures.outOf(seen)
      } catch (thrown) {
        // What is there by then is exported nevertheless.
        if (thrown instanceof StateFailure && thrown.output.error === ErrorName.tolerance)
          await results.finish()
        throw thrown
      }
      const result = await results.finish()
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

/** Throws why a child was stopped, if it was: by now, or before a crash. */
function stopped({ status, ...failure }: Ended['result'], cancellation: Cancellation): void {
  cancellation.throwIfCancelled()
  const { cause } = failure as ErrorOutput
  if (status !== 'FAILED') throw new Cancelled('sibling', cause ?? status)
}

function endOf({ execution, ports }: Run, stateMachineArn: string, result: Ended['result']): Ended {
  return {
    id: execution.Id,
    name: execution.Name,
    stateMachineArn,
    input: execution.Input,
    startedAt: Date.parse(execution.StartTime),
    stoppedAt: ports.clock.now(),
    result,
  }
}

/** What each item becomes as an input. */
async function* selected(
  visit: Visit,
  items: Items,
  selector: Template | undefined,
): AsyncGenerator<Json, void> {
  let index = 0
  for await (const item of items) {
    const { key, value } = item
    const shown = { Index: index++, ...(key === undefined ? {} : { Key: key }), Value: value }
    yield selector === undefined ? inputOf(item) : await selector(visit.scene({ item: shown }))
  }
}
