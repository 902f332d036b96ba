import { InvalidArguments } from '../errors.ts'
import type { Criterion } from './criterion.ts'
import type { System } from './system.ts'

/** A condition on systems that is plain data. */
export interface Selector {
  readonly criterion: Criterion
}

/** A condition on systems: data, or any function of yours, which executes where closures do. */
export type SystemPredicate = Selector | ((system: System) => boolean)

const selector = (criterion: Criterion): Selector => Object.freeze({ criterion })

/** Every system. */
export const all = selector({ where: 'all' })
/** Those whose address is known. */
export const withIp = selector({ where: 'address' })
export const running = selector({ where: 'state', states: ['running'] })
export const stopped = selector({ where: 'state', states: ['stopped'] })
/** Those that an operation left half done. */
export const broken = selector({ where: 'state', states: ['broken'] })

/** Those on a node, or on any node of a provider: `hypervisor('big-iron')`, `hypervisor('kvm')`. */
export const hypervisor = (...nodes: string[]): Selector => selector({ where: 'node', nodes })
/** Those whose name, description or type holds the text. */
export const matching = (part: string): Selector => selector({ where: 'part', part })
export const withIds = (...ids: string[]): Selector => selector({ where: 'id', ids })

/** Those that a condition leaves out. Of a function, write another function. */
export const not = ({ criterion }: Selector): Selector => selector({ where: 'not', not: criterion })
/** Those that at least one condition takes. */
export const either = (...some: Selector[]): Selector =>
  selector({ where: 'either', either: some.map(one => one.criterion) })

/** Takes conditions apart: those that are data, as one, and the functions. Throws `InvalidArguments` for anything else. */
export function splitPredicates(predicates: readonly SystemPredicate[]): {
  readonly criterion: Criterion
  readonly functions: readonly ((system: System) => boolean)[]
} {
  const data: Criterion[] = []
  const functions: ((system: System) => boolean)[] = []
  for (const predicate of predicates) {
    if (typeof predicate === 'function') functions.push(predicate)
    else if (typeof predicate === 'object' && predicate !== null && 'criterion' in predicate)
      data.push(predicate.criterion)
    else
      throw new InvalidArguments(
        `systems: ${JSON.stringify(predicate)} is no condition; write running, typed('redis'), … or a function of a system`,
      )
  }
  return { criterion: data.length === 1 ? data[0]! : { where: 'both', both: data }, functions }
}
