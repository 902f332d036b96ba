import { compile } from '../../src/compile/compile.ts'
import { UnknownTask } from '../../src/core/errors.ts'
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
