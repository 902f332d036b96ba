import type { MapState, State, StateGraph } from '../core/asl.ts'
import type { Compiled } from './compile.ts'
import type { Loop } from './scope.ts'

/** What an execution does that is paid for. */
export interface Tally {
  /** As AWS counts them for Standard workflows. */
  readonly transitions: number
  /** Calls by the names of the functions' substitutions. */
  readonly calls: Readonly<Record<string, number>>
}

/** What can't be known from a machine: how many items its Maps have. */
export interface TransitionOptions {
  /** Items of each Map: at least, as a rule, and at most. */
  readonly items?: { readonly least: number; readonly usual: number; readonly most: number }
}

/** Executions of one machine. */
export interface Transitions {
  /** The least that one which succeeds takes. */
  readonly least: Tally
  /** Nothing fails, gates let pass, of two ways the longer one is gone, and what is waited for takes a second look. */
  readonly usual: Tally
  /** Everything is tried as often as it may be. */
  readonly most: Tally
}

/**
 * Counts the state transitions of one execution as AWS bills them: one for its start, one for each state that is entered,
 * one for each retry, and one for each child execution of a Distributed Map.
 *
 * @example
 * transitionsOf(compile(nightly, 'nightly')).usual.transitions
 */
export function transitionsOf(
  { machine, loops }: Pick<Compiled, 'machine' | 'loops'>,
  { items = { least: 0, usual: 10, most: 100 } }: TransitionOptions = {},
): Transitions {
  const counted = (which: Which) =>
    add(one, new Counter(which, loops, items[which]).graph(machine) ?? nothing)
  return { least: counted('least'), usual: counted('usual'), most: counted('most') }
}

type Which = keyof Transitions

const nothing: Tally = { transitions: 0, calls: {} }
const one: Tally = { transitions: 1, calls: {} }

/** A way from one state to another. Over a Catch, what the state itself would have done may be missing. */
interface Way {
  readonly to: string | undefined
  readonly caught: boolean
}

/** Counts one of the three. */
class Counter {
  readonly #which: Which
  readonly #loops: ReadonlyMap<string, Loop>
  readonly #items: number

  constructor(which: Which, loops: ReadonlyMap<string, Loop>, items: number) {
    this.#which = which
    this.#loops = loops
    this.#items = items
  }

  /** Of a graph, from where it is entered to one of its ends; nothing where no way leads to one. */
  graph(graph: StateGraph): Tally | undefined {
    const rounds = new Map<string, Tally>()
    return this.#from(graph.StartAt, undefined, graph, rounds, new Map())
  }

  /** From a state to an end, or up to and with the state `until`. */
  #from(
    name: string,
    until: string | undefined,
    graph: StateGraph,
    rounds: Map<string, Tally>,
    known: Map<string, Tally | undefined>,
  ): Tally | undefined {
    if (known.has(name)) return known.get(name)
    const state = graph.States[name]!
    const here = add(this.#own(state), this.#rounds(name, until, graph, rounds))
    let best: Tally | undefined
    if (name === until) best = here
    else if (until === undefined && this.#ends(state)) best = here
    for (const { to, caught } of this.#ways(name, state)) {
      const rest = to === undefined ? undefined : this.#from(to, until, graph, rounds, known)
      if (rest === undefined) continue
      // A state that failed at once did nothing inside.
      const whole = add(caught && this.#which === 'least' ? failedAtOnce(state) : here, rest)
      best = best === undefined ? whole : this.#better(best, whole)
    }
    known.set(name, best)
    return best
  }

  #better(a: Tally, b: Tally): Tally {
    return a.transitions <= b.transitions === (this.#which === 'least') ? a : b
  }

  /** As a rule nothing ends in a failure. */
  #ends(state: State): boolean {
    if (state.Type === 'Fail') return this.#which === 'most'
    return state.Type === 'Succeed' || ('End' in state && state.End === true)
  }

  #ways(name: string, state: State): readonly Way[] {
    // The way back of a loop is counted with its first state.
    if (this.#loops.has(name)) return []
    const next = 'Next' in state && state.Next !== undefined ? [state.Next] : []
    const chosen =
      state.Type === 'Choice'
        ? [...state.Choices.map(rule => rule.Next), ...(state.Default === undefined ? [] : [state.Default])]
        : []
    const caught = this.#which === 'usual' || !('Catch' in state) ? [] : (state.Catch ?? [])
    return [
      ...[...next, ...chosen].map(to => ({ to, caught: false })),
      ...caught.map(catcher => ({ to: catcher.Next, caught: true })),
    ]
  }

  /** What the loops that begin with a state add by going round. */
  #rounds(name: string, until: string | undefined, graph: StateGraph, rounds: Map<string, Tally>): Tally {
    const before = rounds.get(name)
    if (before !== undefined) return before
    let sum = nothing
    for (const [wait, loop] of this.#loops) {
      const state = graph.States[wait]
      // Within its own round, a loop isn't begun again.
      if (state?.Type !== 'Wait' || state.Next !== name || wait === until) continue
      const times = this.#which === 'least' ? 0 : loop[this.#which]
      const round = times === 0 ? nothing : (this.#from(name, wait, graph, new Map(), new Map()) ?? nothing)
      sum = add(sum, multiply(round, times))
    }
    if (until === undefined) rounds.set(name, sum)
    return sum
  }

  /** A state with what is inside it, retries included. */
  #own(state: State): Tally {
    const inside = this.#inside(state)
    const once = add({ transitions: 1, calls: callOf(state) }, inside)
    if (this.#which !== 'most' || !('Retry' in state)) return once
    const retries = (state.Retry ?? []).reduce((sum, { MaxAttempts = 3 }) => sum + MaxAttempts, 0)
    return multiply(once, 1 + retries)
  }

  #inside(state: State): Tally {
    if (state.Type === 'Parallel')
      return state.Branches.reduce((sum, branch) => add(sum, this.graph(branch) ?? nothing), nothing)
    if (state.Type !== 'Map') return nothing
    const item = this.graph(state.ItemProcessor) ?? nothing
    return multiply(isDistributed(state) ? add(one, item) : item, this.#items)
  }
}

function isDistributed({ ItemProcessor }: MapState): boolean {
  return ItemProcessor.ProcessorConfig?.Mode === 'DISTRIBUTED'
}

/** A Parallel fails when one of its branches has, which had begun. */
function failedAtOnce(state: State): Tally {
  return state.Type === 'Parallel' ? { transitions: 2, calls: {} } : { transitions: 1, calls: callOf(state) }
}

/** The function that a Task calls, by the name that the deployment replaces. */
function callOf(state: State): Readonly<Record<string, number>> {
  if (state.Type !== 'Task') return {}
  const { FunctionName } = (state.Arguments ?? {}) as { readonly FunctionName?: unknown }
  const [, name] = typeof FunctionName === 'string' ? (/^\$\{(\w+)\}$/.exec(FunctionName) ?? []) : []
  return name === undefined ? {} : { [name]: 1 }
}

function add(a: Tally, b: Tally): Tally {
  const calls: Record<string, number> = { ...a.calls }
  for (const [name, count] of Object.entries(b.calls)) calls[name] = (calls[name] ?? 0) + count
  return { transitions: a.transitions + b.transitions, calls }
}

function multiply({ transitions, calls }: Tally, times: number): Tally {
  const entries = Object.entries(calls).map(([name, count]) => [name, count * times] as const)
  return { transitions: transitions * times, calls: Object.fromEntries(entries) }
}
