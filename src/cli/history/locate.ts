import type { HistoryEntry } from './entry.ts'
import { openIn, type Thread, threadIn, threadsOf, type Visit } from './timeline.ts'

/** Finds the thread of states that an event belongs to, within the thread of its execution. */
export interface Locator {
  locate(entry: HistoryEntry, root: Thread): Thread
}

const spreads = new Set(['MapStateStarted', 'ParallelStateStarted'])

/** Our own journal names the thread of every event. */
export class Scopes implements Locator {
  /** The threads that have others within, by what the others' scopes begin with. */
  readonly #around = new Map<string, Thread>()

  locate(entry: HistoryEntry, root: Thread): Thread {
    const thread = this.#thread(entry, root)
    if (spreads.has(entry.type))
      this.#around.set(`${entry.execution}\n${entry.scope}/${openIn(thread)?.name}`, thread)
    return thread
  }

  #thread({ execution, scope = '' }: HistoryEntry, root: Thread): Thread {
    const match = /(?:\[(\d+)\]|\{(\d+)\})$/.exec(scope)
    const around = match && this.#around.get(`${execution}\n${scope.slice(0, match.index)}`)?.visits.at(-1)
    if (!match || !around) return root
    const [, iteration, branch] = match
    return iteration === undefined
      ? threadIn(around, 'branch', Number(branch))
      : threadIn(around, 'iteration', Number(iteration))
  }
}

/**
 * AWS names no threads: an event belongs where the event before it does, or further out. Where a chain is broken the
 * newest open state that fits is taken.
 */
export class Chains implements Locator {
  readonly #threads = new Map<number, Thread>()

  locate(entry: HistoryEntry, root: Thread): Thread {
    const before = this.#threads.get(entry.previous) ?? root
    const thread = find(entry, before, root)
    this.#threads.set(entry.id, thread)
    return thread
  }
}

function find({ type, details }: HistoryEntry, before: Thread, root: Thread): Thread {
  const nearest = (fits: (visit: Visit) => boolean) =>
    (outwards(before, fits) ?? newest(root, fits))?.thread ?? before

  if (type.startsWith('Execution')) return root
  if (type.startsWith('MapIteration')) {
    const map = nearest(visit => visit.type === 'Map' && visit.name === details.name)
    const index = typeof details.index === 'number' ? details.index : 0
    const open = openIn(map)
    return open === undefined ? before : threadIn(open, 'iteration', index)
  }
  if (type.endsWith('StateEntered')) {
    const open = openIn(before)
    return open?.type === 'Parallel' ? threadIn(open, 'branch', threadsOf(open).length) : before
  }
  if (type.endsWith('StateExited')) return nearest(visit => visit.name === details.name)
  if (type === 'EvaluationFailed') return nearest(visit => visit.name === details.state)
  const kind = /^(?:Map|Parallel|Wait|Choice|Pass|Succeed|Fail)/.exec(type)?.[0] ?? 'Task'
  return nearest(visit => visit.type === kind)
}

/** The open state that fits, in this thread or the nearest one around it. */
function outwards(thread: Thread, fits: (visit: Visit) => boolean): Visit | undefined {
  for (let at: Thread | undefined = thread; at !== undefined; at = at.parent?.thread) {
    const open = openIn(at)
    if (open !== undefined && fits(open)) return open
  }
  return undefined
}

/** The open state that fits and is deepest within the newest thread. */
function newest(thread: Thread, fits: (visit: Visit) => boolean): Visit | undefined {
  const open = openIn(thread)
  if (open === undefined) return undefined
  for (const inner of threadsOf(open).toReversed()) {
    const found = newest(inner, fits)
    if (found !== undefined) return found
  }
  return fits(open) ? open : undefined
}
