import { performance } from 'node:perf_hooks'
import type { Json } from '../core/json.ts'

/**
 * Keeps an expression from running for ever. An endless recursion in JSONata never leaves the microtask queue,
 * so no timer and no signal would ever stop it: the evaluator itself has to look at the time, which its entry
 * hook lets us do. The hook costs a microtask a node, so expressions that can't loop do without it.
 */

/** The variables that an expression sees, by name without `$`. */
export type Bindings = Readonly<Record<string, unknown>>

/** What an evaluation may use of the world, and how long it may take. */
export interface Evaluation {
  /** Milliseconds since the epoch, the same throughout. */
  readonly now: number
  readonly random: () => number
  /** Milliseconds of real time. */
  readonly limitMs: number
}

/** What jsonata calls a frame; the functions that we add find their evaluation through it. */
export interface Environment {
  bind(name: string | symbol, value: unknown): void
  lookup(name: string | symbol): unknown
}

/** Where a frame holds the evaluation that it belongs to. */
export const evaluationKey = Symbol('evaluation')

const entryHook = Symbol.for('jsonata.__evaluate_entry')
const exitHook = Symbol.for('jsonata.__evaluate_exit')

/** Evaluations under way at once. A recursion that isn't in tail position holds memory for each of its levels. */
const deepest = 50_000

/** Items in all of the arrays that an evaluation's nodes give: a path joins them into one, which takes memory. */
const mostItems = 20_000_000

/** How often the clock is read, in evaluated nodes. */
const every = 16

interface Guard {
  readonly hook: symbol
  readonly enter: (node: unknown, input: unknown, environment: Environment) => void
  /** Calls the evaluator, which calls `enter` before it returns its promise. */
  start(evaluation: Evaluation, evaluate: () => Promise<Json>): Promise<unknown>
}

export function guardOf(loops: boolean): Guard {
  let starting: Evaluation | undefined

  return {
    hook: entryHook,
    start(evaluation, evaluate) {
      starting = evaluation
      return evaluate()
    },
    // The hook is shared by all evaluations of an expression; its first call, which happens before anything
    // else can, gives the evaluation's own frame its own hooks.
    enter(_node, _input, environment) {
      const evaluation = starting
      starting = undefined
      if (evaluation === undefined) return
      environment.bind(evaluationKey, evaluation)
      const watch = loops ? watchOf(evaluation) : undefined
      environment.bind(entryHook, watch?.enter)
      environment.bind(exitHook, watch?.leave)
    },
  }
}

interface Watch {
  enter(): void
  leave(node: unknown, input: unknown, environment: Environment, result: unknown): void
}

function watchOf(evaluation: Evaluation): Watch {
  const until = performance.now() + evaluation.limitMs
  let nodes = 0
  let depth = 0
  let items = 0
  return {
    enter() {
      if (++depth > deepest) throw new Error('The expression recurses too deeply')
      if (++nodes % every === 0 && performance.now() > until) {
        throw new Error(`The expression took longer than ${evaluation.limitMs} ms`)
      }
    },
    leave(_node, _input, _environment, result) {
      depth--
      if (Array.isArray(result)) items += result.length
      if (items > mostItems) throw new Error('The expression makes too much data')
    },
  }
}
