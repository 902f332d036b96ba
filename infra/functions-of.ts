import type { Compiled } from '../src/compile/compile.ts'
import type { Permission } from '../src/core/aws.ts'

/** What the tasks of a machine need of one function. */
export interface FunctionUse {
  readonly capability: string
  readonly permissions: readonly Permission[]
}

/** Every function that a machine's tasks name, by the name of its substitution. */
export function functionsOf({ tasks }: Compiled): ReadonlyMap<string, FunctionUse> {
  const found = new Map<string, FunctionUse>()
  for (const { definition } of tasks.values()) {
    const { functionName } = definition
    const { permissions = [] } = definition as { permissions?: readonly Permission[] }
    const before = found.get(functionName)?.permissions ?? []
    const word = functionName.slice(0, -'Function'.length)
    found.set(functionName, {
      capability: `${word[0]!.toLowerCase()}${word.slice(1)}`,
      permissions: [...before, ...permissions],
    })
  }
  return found
}
