import type { Flow } from '../../core/flow.ts'
import { findFlow as find, UnknownFlow } from '../../run/flows.ts'
import { closest } from '../closest.ts'

/** One flow by its name. Throws `UnknownFlow`, which suggests the one that was probably meant. */
export function findFlow(flows: ReadonlyMap<string, Flow>, name: string): Flow {
  const meant = flows.has(name) ? undefined : closest(name, [...flows.keys()])
  if (meant === undefined) return find(flows, name)
  throw new UnknownFlow(`there is no flow ${JSON.stringify(name)}; did you mean ${meant}?`, {
    detail: { flow: name, flows: [...flows.keys()] },
  })
}
