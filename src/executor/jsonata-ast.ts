/** The parts of jsonata's syntax tree that we look at; its own declarations are of an older version. */
interface Node {
  type?: string
  value?: unknown
  [key: string]: unknown
}

/** Nodes that may evaluate others more often than the data has parts. */
const looping = new Set(['lambda', 'partial', 'regex', 'apply', 'transform', 'sort', 'descendant'])

/** Functions that look at each part of what they are given a fixed number of times. */
const linear = new Set(
  `sum count max min average string substring substringBefore substringAfter lowercase uppercase length trim pad
  contains split join formatNumber formatBase formatInteger parseInteger number floor ceil round abs sqrt power random
  boolean not zip keys lookup append exists spread merge reverse error assert type distinct base64encode base64decode
  encodeUrlComponent encodeUrl decodeUrlComponent decodeUrl toMillis fromMillis millis now clone partition range hash
  uuid parse`.split(/\s+/),
)

/**
 * Whether an expression might run longer than its text and its data explain: it defines or takes a function,
 * makes a range, or has a path whose steps are expressions themselves.
 */
export function mayLoop(ast: unknown): boolean {
  let found = false
  visit(ast, node => {
    found ||= looping.has(node.type ?? '') || node.value === '..' || callsUnknown(node) || multiplies(node)
  })
  return found
}

function callsUnknown({ type, procedure }: Node): boolean {
  if (type !== 'function') return false
  const called = procedure as Node
  return called.type !== 'variable' || !linear.has(String(called.value))
}

function multiplies(node: Node): boolean {
  if (node.predicate !== undefined || node.group !== undefined) return true
  if (node.type !== 'path' || !Array.isArray(node.steps)) return false
  const [, ...rest] = node.steps as Node[]
  return rest.some(step => step.type !== 'name' || step.stages !== undefined)
}

/**
 * jsonata finds a name on an object's prototype too, so that `x.__proto__.__defineGetter__(…)` changes the
 * process that evaluates it. Names that every object inherits become calls of our own `$lookup`, which sees
 * only the data.
 */
export function hardenNames(ast: unknown): void {
  visit(ast, node => {
    if (node.type !== 'name' || typeof node.value !== 'string' || !(node.value in Object.prototype)) return
    const name = node.value
    node.type = 'function'
    node.value = '('
    node.procedure = { type: 'variable', value: 'lookup' }
    node.arguments = [
      { type: 'variable', value: '' },
      { type: 'string', value: name },
    ]
  })
}

/** Goes over a tree that may be deep, without the stack, and that may share its parts. */
function visit(root: unknown, each: (node: Node) => void): void {
  const seen = new Set<object>()
  const left: unknown[] = [root]
  while (left.length > 0) {
    const node = left.pop()
    if (typeof node !== 'object' || node === null || node instanceof RegExp || seen.has(node)) continue
    seen.add(node)
    if (!Array.isArray(node)) each(node as Node)
    left.push(...Object.values(node))
  }
}
