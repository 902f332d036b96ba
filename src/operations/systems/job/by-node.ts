import { inParallel } from '../../../core/operation/in-parallel.ts'

/** So many at once over all nodes, and so many on one. */
export interface AtOnce {
  readonly overall: number
  readonly perNode: number
}

/**
 * Works on so many items at once, and on fewer of one node: a hypervisor that is busy keeps nobody else's machines
 * waiting. Answers in the order of the items. A throw begins no other item of its node and is thrown at the end.
 */
export async function byNode<A, B>(
  items: readonly A[],
  nodeOf: (item: A) => string,
  { overall, perNode }: AtOnce,
  work: (item: A) => Promise<B>,
): Promise<B[]> {
  const nodes = Map.groupBy(
    items.map((item, index) => ({ item, index })),
    ({ item }) => nodeOf(item),
  )
  const slots = limited(overall)
  const results = new Array<B>(items.length)
  const ended = await Promise.allSettled(
    [...nodes.values()].map(group =>
      inParallel(group, perNode, async ({ item, index }) => {
        results[index] = await slots(() => work(item))
      }),
    ),
  )
  for (const one of ended) if (one.status === 'rejected') throw one.reason
  return results
}

/** Lets only so many work at once; the others wait in line. */
function limited(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let free = most
  return async work => {
    if (free > 0) free--
    else await new Promise<void>(resolve => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
}
