import type { ParallelState } from '../../core/asl.ts'
import type { Json } from '../../core/json.ts'
import { prepareConclusion } from '../conclusion.ts'
import { concurrently } from '../concurrently.ts'
import { Frame } from '../frame.ts'
import { runGraph } from '../graph.ts'
import type { Act, PrepareGraph } from '../prepared.ts'
import { prepareTemplate } from '../template.ts'

/** Runs every branch with the same input and gives on their outputs in the order of the branches. */
export function prepareParallel(state: ParallelState, prepareGraph: PrepareGraph): Act {
  const args = state.Arguments === undefined ? undefined : prepareTemplate(state.Arguments, 'Arguments')
  const branches = state.Branches.map(prepareGraph)
  const conclude = prepareConclusion(state)

  return async visit => {
    const outer = visit.frame
    const input = args === undefined ? visit.input : visit.limit(await args(visit.scene()), visit.name)
    const startedId = outer.tell('ParallelStateStarted', undefined, undefined, () => visit.note())
    visit.begun()
    const result: Json[] = new Array(branches.length).fill(null)

    await concurrently(branches.length, branches.length, outer.cancellation, async (index, cancellation) => {
      const scope = `${outer.scope}/${visit.name}{${index}}`
      const frame = new Frame({
        run: outer.run,
        kind: 'branch',
        under: visit,
        scope,
        cancellation,
        last: startedId,
        past: visit.past?.inner.get(scope),
        outer,
        ...(outer.item === undefined ? {} : { item: outer.item }),
      })
      try {
        result[index] = await runGraph(branches[index]!, input, frame)
      } finally {
        if (cancellation.reason === undefined) outer.last = frame.last
      }
    })

    const outcome = await conclude(visit, { result }, result)
    outer.tellAside('ParallelStateSucceeded')
    return outcome
  }
}
