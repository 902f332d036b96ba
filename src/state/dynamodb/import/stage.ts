import { type Action, mostActions, mostBytes } from '../action.ts'
import { bytesOf, type Fields, type Item } from '../item.ts'
import { type Key, leases, staged } from '../keys.ts'

/** A write of an import as it waits until that is decided, under the number of the transaction that it belongs to. */
export interface Step {
  readonly group: number
  readonly system: string
  readonly key: Key
  /** Nothing where an item goes. */
  readonly item: Item | undefined
  /** The last one of its system: with it the system is free again. */
  readonly last: boolean
}

/** Transactions of what becomes of systems, each of whole writes; a system's last one gives it back. */
export function stepsOf(bySystem: ReadonlyMap<string, readonly Action[]>): readonly Step[] {
  const steps: Step[] = []
  let group = 0
  let [actions, bytes] = [0, 0]
  for (const [system, all] of bySystem) {
    const writes = all.filter(one => one.do !== 'check' && one.key.pk !== leases)
    for (const [index, action] of writes.entries()) {
      const item = action.do === 'put' ? action.item : undefined
      const size = item === undefined ? 0 : bytesOf(item)
      // Each system in a transaction also proves that the import still holds it.
      const more = index === 0 || actions === 0 ? 2 : 1
      if (actions + more > mostActions || bytes + size > mostBytes) {
        group++
        actions = 2
        bytes = size
      } else {
        actions += more
        bytes += size
      }
      steps.push({ group, system, key: action.key, item, last: index === writes.length - 1 })
    }
  }
  return steps
}

/** A step as an item of the table. */
export function toStaged(id: string, step: Step, index: number): Item {
  const { group, system, key, item, last } = step
  const text = (number: number) => String(number).padStart(7, '0')
  return {
    ...{ pk: staged(id), sk: `${text(group)}#${text(index)}`, system, toPk: key.pk, toSk: key.sk },
    ...(item !== undefined && { item: item as Fields }),
    ...(last && { last: 1 }),
  }
}

export function fromStaged({ sk, system, toPk, toSk, item, last }: Item): Step {
  return {
    ...{ group: Number(sk.split('#', 1)[0]), system: String(system) },
    key: { pk: String(toPk), sk: String(toSk) },
    item: item as Item | undefined,
    last: last !== undefined,
  }
}
