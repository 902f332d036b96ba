import { compile } from '../../src/compile/compile.ts'
import { UnknownTask } from '../../src/core/errors.ts'
import type { Definition } from '../../src/core/step.ts'
import { type Desk, type Findable, findIn } from '../../src/core/task.ts'
import { flowsIn } from '../../src/run/flows-in.ts'
import { exported, versions } from './project.ts'

/**
 * Finds the steps of the project's flows, and with them the functions and operations of their author. A flow is compiled
 * when it first asks; its version is the one that it was deployed with.
 */
export function findInFlows(): Desk['find'] {
  const flows = flowsIn(exported)
  const known = new Map<string, Findable>()
  return request => {
    const { flow: name } = request
    let found = known.get(name)
    if (found === undefined) {
      const flow = flows.get(name)
      const version = Object.hasOwn(versions, name) ? versions[name] : undefined
      if (flow === undefined || version === undefined)
        throw new UnknownTask(
          `there is no flow ${JSON.stringify(name)} among the flows of this function, which are ${[...flows.keys()].join(', ') || 'none'}; deploy it again, with reops deploy`,
          { detail: { flow: name, flows: [...flows.keys()] } },
        )
      found = { version, tasks: compile(flow, name).tasks }
      known.set(name, found)
    }
    return findIn(found)(request)
  }
}

/**
 * Finds operations of ours by their names: they do the same whichever flow asks, and whichever version of it. Anything
 * else is looked for elsewhere, if anywhere.
 */
export function findOurs(ours: ReadonlyMap<string, Definition>, elsewhere?: Desk['find']): Desk['find'] {
  return request => {
    const definition = ours.get(request.operation)
    if (definition !== undefined) return { definition }
    if (elsewhere !== undefined) return elsewhere(request)
    throw new UnknownTask(
      `this function has no operation ${JSON.stringify(request.operation)}; it has ${[...ours.keys()].sort().join(', ')}. Deploy the flow again, with reops deploy`,
      { detail: { operation: request.operation, here: [...ours.keys()].sort() } },
    )
  }
}
