import type { State, StateGraph } from '../core/asl.ts'

/** Connects the way out of a state to the state that follows, or to the end of its graph. */
export type Exit = (next: string | undefined) => void

/** States that are connected among themselves: where one enters, and the ways out that lead nowhere yet. */
export interface Fragment {
  readonly entry: string
  readonly exits: readonly Exit[]
}

/** A state as it is being written: `Next` or `End` are set when what follows is known. */
export type Draft = { Type: State['Type']; [field: string]: unknown }

/** AWS refuses longer names; counted as a task's request counts them, in UTF-16. */
export const longestName = 80

/**
 * The states of a machine, a branch or a processor while they are being written, in the order in which they are
 * met. Names are unique in the whole machine, as AWS demands, so graphs of one machine share `names`.
 */
export class Graph {
  readonly states: Record<string, Draft> = {}
  /** Each name that is taken, and the highest number that was given to another state of its label. */
  readonly names: Map<string, number>

  constructor(names: Map<string, number> = new Map()) {
    this.names = names
  }

  /** A branch or a processor of the same machine. */
  inner(): Graph {
    return new Graph(this.names)
  }

  /**
   * A name that is not taken yet: the label, or the label and a number. A label from data is cut where it is too
   * long, and loses what a name can't hold.
   */
  reserve(label: string, isOwn = false): string {
    const base = isOwn ? label : cut(readable(label), longestName)
    let name = base
    let count = this.names.get(base) ?? 1
    while (this.names.has(name)) {
      count++
      name = `${cut(base, longestName - 1 - String(count).length)} ${count}`
    }
    this.names.set(base, count)
    this.names.set(name, this.names.get(name) ?? 1)
    return name
  }

  /** Adds a state under a reserved name; its one way out is the fragment's exit. */
  add(name: string, draft: Draft): Fragment {
    this.states[name] = draft
    return { entry: name, exits: [lead(draft)] }
  }

  /** Adds a state whose ways out are its own business. */
  put(name: string, draft: Draft): void {
    this.states[name] = draft
  }

  /** Two fragments, one after the other. */
  chain(first: Fragment, second: Fragment): Fragment {
    for (const exit of first.exits) exit(second.entry)
    return { entry: first.entry, exits: second.exits }
  }

  /** Ends every open way and gives the graph as ASL. */
  finish(fragment: Fragment): StateGraph {
    for (const exit of fragment.exits) exit(undefined)
    return { StartAt: fragment.entry, States: this.states as unknown as Record<string, State> }
  }
}

/** The way out of a state that has `Next` or `End`. */
function lead(draft: Draft): Exit {
  return next => {
    if (next === undefined) draft.End = true
    else draft.Next = next
  }
}

/**
 * The way out of a Choice, by one of its rules or (as `Default`) by none. A Choice can't end a graph, so where
 * nothing follows the way leads to a state that does.
 */
export function follow(
  owner: Record<string, unknown>,
  graph: Graph,
  field: 'Next' | 'Default' = 'Next',
): Exit {
  return next => {
    owner[field] = next ?? succeed(graph)
  }
}

function succeed(graph: Graph): string {
  const name = graph.reserve('done')
  graph.put(name, { Type: 'Succeed' })
  return name
}

/** Without control characters, expressions, and substitutions that a deployment would fill in. */
function readable(label: string): string {
  return (
    label
      .replaceAll(/\p{Cc}/gu, ' ')
      .replaceAll('${', '$ {')
      .replaceAll('{%', '{ %')
      .trim() || 'step'
  )
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text
  const start = text.slice(0, most - 1)
  return `${start.isWellFormed() ? start : start.slice(0, -1)}…`
}
