/** The parts of jsonata's syntax tree that we look at; its own declarations are of an older version. */
interface Node {
  type?: string
  value?: unknown
  [key: string]: unknown
}

/** Nodes that may evaluate others more often than the data has parts. */
const looping = new Set([
  'lambda',
  'partial',
  'regex',
  'apply',
  'transform',
  'sort',
  'descendant',
  'function',
])

/**
 * Whether an expression might run longer than its text and its data explain: it calls something, makes a
 * range, or has a path whose steps are expressions themselves.
 */
export function mayLoop(ast: unknown): boolean {
  let found = false
  visit(ast, node => {
    if (looping.has(node.type ?? '') || node.value === '..') found = true
    if (node.type === 'path' && Array.isArray(node.steps)) {
      const [, ...rest] = node.steps as Node[]
      if (rest.some(step => step.type !== 'name' || step.stages !== undefined)) found = true
    }
    if (node.predicate !== undefined || node.group !== undefined) found = true
  })
  return found
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
