import { type Flow, isFlow } from '../core/flow.ts'
import { typesIn } from '../core/systems/type.ts'
import { typeFlows } from '../core/systems/type-flows.ts'

/**
 * The flows among what a file exports, by the names that it exports them by, and for each type those that provision its
 * systems. Throws `InvalidArguments` for types that can't be.
 */
export function flowsIn(exported: Readonly<Record<string, unknown>>): Map<string, Flow> {
  const flows = Object.entries(exported).filter((entry): entry is [string, Flow] => isFlow(entry[1]))
  return new Map([...flows, ...typeFlows(typesIn(exported))])
}
