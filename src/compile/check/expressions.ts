import jsonata from 'jsonata'
import type { State } from '../../core/asl.ts'
import { expressionsIn } from '../../core/expression.ts'
import type { Json } from '../../core/json.ts'
import { CompileRefusal } from './refusal.ts'

/** A node of JSONata's syntax tree: only what is read here is named. */
export interface Node {
  readonly type?: string
  readonly value?: unknown
  readonly [field: string]: unknown
}

/** One expression of a state, parsed, and the field that it stands in. */
export interface Parsed {
  readonly field: string
  readonly text: string
  readonly tree: Node
}

/** Trees of texts that were parsed before: a machine says the same few things in most of its states. */
export type Trees = Map<string, Node>

/** Parses every expression of a state, and refuses one that JSONata can't read. */
export function parseExpressions(name: string, state: State, trees: Trees): Parsed[] {
  const { Branches: _branches, ItemProcessor: _processor, ...own } = state as State & Record<string, unknown>
  return [...expressionsIn(own as unknown as Json)].map(({ path, text }) => {
    try {
      const tree = trees.get(text) ?? (jsonata(text).ast() as unknown as Node)
      trees.set(text, tree)
      return { field: path, text, tree }
    } catch (error) {
      const { message } = error as { message: string }
      throw new CompileRefusal(
        'invalid-expression',
        name,
        `${path} is no JSONata: ${message} in ${text.trim()}`,
        error,
      )
    }
  })
}

/** AWS offers no `$eval`. */
export function checkEval(name: string, expressions: readonly Parsed[]): void {
  for (const { field, tree } of expressions) {
    if (!usesVariable(tree, 'eval')) continue
    throw new CompileRefusal(
      'eval-unavailable',
      name,
      `${field} calls $eval, which Step Functions doesn't have; compute it in a transform(…)`,
    )
  }
}

/** A task has no result yet while its arguments are made. */
export function checkResult(name: string, expressions: readonly Parsed[]): void {
  for (const { field, tree } of expressions) {
    if (!/^Arguments\b/.test(field) || !usesPath(tree, 'states', 'result')) continue
    throw new CompileRefusal(
      'result-in-arguments',
      name,
      `${field} reads $states.result, which is there only once the task has answered; arguments see $states.input and $states.context`,
    )
  }
}

function usesVariable(node: unknown, variable: string): boolean {
  return some(node, one => one.type === 'variable' && one.value === variable)
}

function usesPath(node: unknown, variable: string, field: string): boolean {
  return some(node, one => {
    if (one.type !== 'path' || !Array.isArray(one.steps)) return false
    const [first, second] = one.steps as Node[]
    return first?.type === 'variable' && first.value === variable && second?.value === field
  })
}

function some(node: unknown, fits: (node: Node) => boolean): boolean {
  if (typeof node !== 'object' || node === null) return false
  if (!Array.isArray(node) && fits(node as Node)) return true
  return Object.values(node).some(child => some(child, fits))
}
