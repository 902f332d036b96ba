import type { Permission } from '../core/aws.ts'
import type { Compiled } from './compile.ts'

/** What the tasks of a machine need of one function. */
export interface FunctionUse {
  /** Such as `code`, `bridge`, `ec2`: which of our functions it is. */
  readonly capability: string
  /** What its operations may do in AWS, each statement once. */
  readonly permissions: readonly Permission[]
  /** The names of the operations that it answers, in the order of the alphabet. */
  readonly operations: readonly string[]
}

/**
 * Every function that the tasks of a machine name, by the name of its substitution.
 *
 * @example
 * functionsOf(compile(nightly, 'nightly')).get('Ec2Function')?.operations // ['start', 'stop']
 */
export function functionsOf({ tasks }: Pick<Compiled, 'tasks'>): ReadonlyMap<string, FunctionUse> {
  const byName = Map.groupBy(
    [...tasks.values()].map(({ definition }) => definition),
    ({ functionName }) => functionName,
  )
  return new Map(
    [...byName].map(([name, definitions]) => {
      const statements = definitions.flatMap(({ site, permissions = [] }) =>
        site === 'cloud' ? permissions : [],
      )
      const once = new Map(statements.map(one => [JSON.stringify(one), one]))
      const operations = [...new Set(definitions.map(one => one.name))].sort()
      return [name, { capability: capabilityOf(name), permissions: [...once.values()], operations }]
    }),
  )
}

/** `Ec2Function` is the function of the capability `ec2`. */
function capabilityOf(functionName: string): string {
  const word = functionName.slice(0, -'Function'.length)
  return `${word[0]!.toLowerCase()}${word.slice(1)}`
}
