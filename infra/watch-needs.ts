import { compileWatch, watchFunction } from '../src/compile/watch.ts'
import { arn, slot } from '../src/core/arn.ts'
import type { Permission } from '../src/core/aws.ts'
import { InvalidConfig } from '../src/core/errors.ts'
import type { Flow } from '../src/core/flow.ts'
import type { Watch } from '../src/core/watch.ts'
import { type ProjectWatch, watchMachineName } from './watch-machine.ts'

export { watchFunction }

/** Seconds. A decision reads and writes a few items of a table, and tries again where another one was quicker. */
export const watchSeconds = 30

/** Step Functions takes no longer names. */
const longestName = 80

/** Closures decide in this function: of the table it reaches what watches remember, and nothing else. */
export const watchPermissions: readonly Permission[] = [
  {
    actions: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem'],
    resources: [arn('dynamodb', `table/${slot('table')}`)],
    conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['watches/*'] } },
  },
]

/** Watches as they are deployed, by their names. Throws `InvalidWatch` and `CompileRefusal` as the compiler does. */
export function compileWatches(
  watches: ReadonlyMap<string, Watch>,
  flows: ReadonlyMap<string, Flow>,
): ReadonlyMap<string, ProjectWatch> {
  return new Map([...watches].map(([name, watch]) => [name, { watch, compiled: compileWatch(watch, flows) }]))
}

/** Throws `InvalidConfig` for names that AWS would refuse or take for others, and for operations that are in the way. */
export function refuseWatches(
  watches: ReadonlyMap<string, ProjectWatch>,
  { stack, flows, capabilities }: { stack: string; flows: Iterable<string>; capabilities: Iterable<string> },
): void {
  if (watches.size === 0) return
  if ([...capabilities].includes('watch'))
    throw new InvalidConfig(
      "an operation has the capability 'watch', which is that of the function that decides for watches; call it otherwise",
    )
  const taken = new Set([...flows].map(flow => `${stack}-${flow}`))
  for (const name of watches.keys()) {
    const machine = watchMachineName(stack, name)
    if (machine.length > longestName)
      throw new InvalidConfig(
        `the watch ${name} can't be deployed by this name: its machine would be ${machine}, and AWS takes ${longestName} characters; give it or the stack a shorter one`,
      )
    if (taken.has(machine))
      throw new InvalidConfig(
        `the watch ${name} and the flow watch-${name} would both be ${machine}; give one of them another name`,
      )
  }
  // The default bus takes the events of AWS itself.
  const sensing = [...watches.values()].some(({ watch }) => watch.source.kind !== 'poll')
  if (sensing && stack === 'default')
    throw new InvalidConfig(
      "a stack whose watches look at sensors can't be called default; say another aws.stack",
    )
}
