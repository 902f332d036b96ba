import type { State, StateGraph } from '../../core/asl.ts'
import type { Node, Parsed } from './expressions.ts'
import { CompileRefusal } from './refusal.ts'
import { graphsIn, nextOf } from './walk.ts'

/** What JSONata and Step Functions bring along: their functions, and `$states`. */
const builtIn = new Set(
  `states sum count max min average string substring substringBefore substringAfter lowercase uppercase length trim pad
  match contains replace split join formatNumber formatBase formatInteger parseInteger number floor ceil round abs sqrt
  power random boolean not map zip filter single reduce sift keys lookup append exists spread merge reverse each error
  assert type sort shuffle distinct base64encode base64decode encodeUrlComponent encodeUrl decodeUrlComponent decodeUrl
  toMillis fromMillis now millis clone partition range hash uuid parse eval`.split(/\s+/),
)

/**
 * Refuses a variable that no state on any way to its reader has assigned. `outer` holds what the graphs around
 * have assigned before; a Distributed Map's items see none of it.
 */
export function checkVariables(
  graph: StateGraph,
  expressions: ReadonlyMap<State, readonly Parsed[]>,
  outer: ReadonlySet<string>,
): void {
  const known = reachable(graph, outer)
  for (const [name, state] of Object.entries(graph.States)) {
    const before = known.get(name)
    if (!before) continue
    for (const { field, tree } of expressions.get(state) ?? []) {
      for (const variable of free(tree, new Set())) {
        if (before.has(variable) || builtIn.has(variable)) continue
        throw new CompileRefusal(
          'undefined-variable',
          name,
          `${field} reads $${variable}, which no state before it assigns`,
        )
      }
    }
    const distributed = state.Type === 'Map' && state.ItemProcessor.ProcessorConfig?.Mode === 'DISTRIBUTED'
    for (const inner of graphsIn(state)) checkVariables(inner, expressions, distributed ? new Set() : before)
  }
}

/** Which variables may be set when each state is entered. States that can't be reached are not in it. */
function reachable(graph: StateGraph, outer: ReadonlySet<string>): Map<string, Set<string>> {
  const known = new Map<string, Set<string>>([[graph.StartAt, new Set(outer)]])
  const queue = [graph.StartAt]
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const state = graph.States[name]
    if (!state) continue
    const after = new Set([...known.get(name)!, ...assigned(state)])
    for (const next of nextOf(state)) {
      const before = known.get(next)
      if (before && [...after].every(variable => before.has(variable))) continue
      known.set(next, new Set([...(before ?? []), ...after]))
      queue.push(next)
    }
  }
  return known
}

function assigned(state: State): string[] {
  const holders = [
    state,
    ...('Catch' in state ? (state.Catch ?? []) : []),
    ...(state.Type === 'Choice' ? state.Choices : []),
  ]
  return holders.flatMap(holder => ('Assign' in holder && holder.Assign ? Object.keys(holder.Assign) : []))
}

/** Variables that an expression reads and doesn't bind itself. `$` and `$$` are JSONata's own. */
function free(node: unknown, bound: ReadonlySet<string>): Set<string> {
  if (Array.isArray(node)) return new Set(node.flatMap(child => [...free(child, bound)]))
  if (typeof node !== 'object' || node === null) return new Set()
  const { type, value, arguments: parameters } = node as Node
  if (type === 'variable')
    return new Set(
      typeof value === 'string' && value !== '' && value !== '$' && !bound.has(value) ? [value] : [],
    )
  if (type === 'lambda') return freeOf(node, new Set([...bound, ...names(parameters)]))
  if (type === 'block') return freeOf(node, new Set([...bound, ...bindings(node)]))
  if (type === 'bind') return free((node as Node).rhs, new Set([...bound, ...names([(node as Node).lhs])]))
  return freeOf(node, new Set([...bound, ...focused(node as Node)]))
}

function freeOf(node: object, bound: ReadonlySet<string>): Set<string> {
  return new Set(
    Object.entries(node)
      .filter(([key]) => key !== 'arguments' || (node as Node).type !== 'lambda')
      .flatMap(([, child]) => [...free(child, bound)]),
  )
}

function names(nodes: unknown): string[] {
  return Array.isArray(nodes)
    ? nodes.flatMap(node => (typeof node?.value === 'string' ? [node.value] : []))
    : []
}

/** `( $a := 1; … )`: what a block binds holds for the expressions after it; for all of it is close enough. */
function bindings(block: object): string[] {
  const { expressions } = block as { expressions?: readonly Node[] }
  return (expressions ?? []).flatMap(one => (one.type === 'bind' ? names([one.lhs]) : []))
}

/** `path@$v` and `path#$i` bind within their path. */
function focused(node: Node): string[] {
  if (node.type !== 'path' || !Array.isArray(node.steps)) return []
  return (node.steps as Node[]).flatMap(step =>
    [step.focus, indexOf(step.index), ...stages(step)].filter(one => typeof one === 'string'),
  )
}

function stages(step: Node): unknown[] {
  return Array.isArray(step.stages)
    ? (step.stages as Node[]).map(stage => (stage.type === 'index' ? stage.value : undefined))
    : []
}

function indexOf(index: unknown): unknown {
  return typeof index === 'object' && index !== null ? (index as Node).value : index
}
