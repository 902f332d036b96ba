import type { MapState } from '../../core/asl.ts'
import type { Json } from '../../core/json.ts'
import { Cancelled } from '../cancellation.ts'
import { prepareConclusion } from '../conclusion.ts'
import { concurrently } from '../concurrently.ts'
import { Frame } from '../frame.ts'
import { runGraph } from '../graph.ts'
import { Inputs, prepareItems } from '../items.ts'
import { noteOf } from '../journal.ts'
import type { Past } from '../past.ts'
import type { Act, PreparedGraph, PrepareGraph } from '../prepared.ts'
import { prepareTemplate, type Template } from '../template.ts'
import { prepareTyped, type TypedField } from '../typed-field.ts'
import type { Visit } from '../visit.ts'
import { type Mapped, prepareMapRun } from './map-run.ts'

/** Runs its processor once an item and gives on the outputs in the order of the items. */
export function prepareMap(state: MapState, prepareGraph: PrepareGraph): Act {
  const graph = prepareGraph(state.ItemProcessor)
  const selector =
    state.ItemSelector === undefined ? undefined : prepareTemplate(state.ItemSelector, 'ItemSelector')
  const atOnce = prepareTyped(state.MaxConcurrency ?? 0, 'MaxConcurrency', 'integer')
  const run =
    state.ItemProcessor.ProcessorConfig?.Mode === 'DISTRIBUTED'
      ? prepareMapRun(state, graph, selector, atOnce)
      : prepareIterations(state, graph, selector, atOnce)
  const conclude = prepareConclusion(state)

  return async visit => {
    const { result, followed } = await run(visit)
    visit.begun()
    const outcome = await conclude(visit, { result }, result)
    visit.frame.tellAside('MapStateSucceeded')
    visit.frame.last = followed
    return outcome
  }
}

/** An INLINE Map, whose iterations are in the execution itself. It tolerates no failure, as in AWS. */
function prepareIterations(
  state: MapState,
  graph: PreparedGraph,
  selector: Template | undefined,
  atOnce: TypedField<number>,
): (visit: Visit) => Promise<Mapped> {
  const items = prepareItems(state)
  return async visit => {
    const given = await items(visit)
    const limit = await atOnce(visit.scene())
    return iterate(visit, new Inputs(visit, given, selector), limit, graph)
  }
}

async function iterate(visit: Visit, inputs: Inputs, limit: number, graph: PreparedGraph): Promise<Mapped> {
  const outer = visit.frame
  const { length } = inputs.items
  const name = visit.name
  const startedId = outer.tell(
    'MapStateStarted',
    'mapStateStarted',
    () => ({ length }),
    () => visit.note(),
  )
  visit.begun()
  const scopeOf = (index: number) => `${outer.scope}/${name}[${index}]`
  const pasts = visit.past?.inner
  const order = pasts === undefined ? undefined : orderOf(length, index => pasts.get(scopeOf(index)))
  const result: Json[] = new Array(length)
  // AWS tells an iteration's start as following the states of the one that its place was taken from.
  const follows: number[] = []

  await concurrently(
    length,
    limit || outer.run.ports.limits.inlineConcurrency,
    outer.cancellation,
    async (turn, cancellation, worker) => {
      const index = order?.[turn] ?? turn
      const scope = scopeOf(index)
      const past = pasts?.get(scope)
      const frame = new Frame({
        run: outer.run,
        kind: 'iteration',
        under: visit,
        scope,
        past,
        cancellation,
        last: follows[worker] ?? startedId,
        outer,
        item: { Index: index, Value: inputs.items[index]! },
      })
      const about = () => ({ index, name })
      if (past?.begun !== true) frame.tell('MapIterationStarted', 'mapIterationStarted', about)
      try {
        const input = past?.entered === true ? null : visit.limit(await inputs.at(index), name)
        result[index] = await runGraph(graph, input, frame)
        follows[worker] = frame.last
        outer.last = frame.tellAside('MapIterationSucceeded', 'mapIterationSucceeded', about)
      } catch (thrown) {
        const { reason } = cancellation
        const stopped = thrown instanceof Cancelled ? thrown : reason
        const failed = stopped === undefined
        const end = failed ? 'Failed' : 'Aborted'
        frame.tellAside(`MapIteration${end}`, `mapIteration${end}`, about, () => noteOf(stopped))
        if (failed) outer.last = frame.last
        throw thrown
      }
    },
  )
  return { result, followed: outer.last }
}

/** Iterations that had begun before a crash come first: their places are theirs, and what ended of them is known. */
function orderOf(length: number, past: (index: number) => Past | undefined): number[] {
  const all = Array.from({ length }, (_, index) => index)
  return [...all.filter(past), ...all.filter(index => past(index) === undefined)]
}
