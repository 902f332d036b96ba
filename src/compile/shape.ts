import type { Step } from '../core/step.ts'

/** The steps directly inside a step. */
function inside(step: Step): readonly Step[] {
  switch (step.kind) {
    case 'pipe':
      return step.steps
    case 'parallel':
      return step.branches
    case 'choose':
      return step.no ? [step.yes, step.no] : [step.yes]
    case 'recover':
      return [step.body, step.handler]
    case 'flow':
    case 'each':
    case 'poll':
    case 'retry':
    case 'timeout':
    case 'fallback':
      return [step.body]
    default:
      return []
  }
}

/** Whether a gate inside may end the graph that the step is in. Branches and items are graphs of their own. */
export function holdsGate(step: Step): boolean {
  if (step.kind === 'when') return true
  if (step.kind === 'parallel' || step.kind === 'each') return false
  return inside(step).some(holdsGate)
}

/** Whether something inside acts on hosts. */
export function actsOnHosts(step: Step): boolean {
  return step.kind === 'task' ? step.definition.onHosts : inside(step).some(actsOnHosts)
}

/** The label by which a step is called in the names of the states that serve it. */
export function labelOf(step: Step): string {
  switch (step.kind) {
    case 'pipe':
      return labelOf(step.steps.find(one => one.kind !== 'source') ?? step.steps[0]!)
    case 'when':
      return step.gate.label
    case 'choose':
      return step.test.label
    case 'each':
      return step.items.label
    case 'task':
    case 'source':
    case 'query':
    case 'wait':
    case 'parallel':
      return step.label
    default:
      return labelOf(step.body)
  }
}

/**
 * Takes off what comes before the first step that acts on hosts, where the data that a loop repeats its hosts with
 * begins: a source, or steps that make hosts of something else.
 */
export function splitBeforeHosts(step: Step): { readonly first: Step | undefined; readonly rest: Step } {
  if (step.kind === 'pipe') {
    const at = step.steps.findIndex(actsOnHosts)
    const inner = splitBeforeHosts(step.steps[at]!)
    const first = [...step.steps.slice(0, at), ...(inner.first ? [inner.first] : [])]
    return { first: sequence(first), rest: sequence([inner.rest, ...step.steps.slice(at + 1)])! }
  }
  if (!('body' in step) || step.kind === 'each' || step.kind === 'flow')
    return { first: undefined, rest: step }
  const { first, rest } = splitBeforeHosts(step.body)
  if (first && !mayStandBefore(step, first)) return { first: undefined, rest: step }
  return { first, rest: { ...step, body: rest } }
}

/** What `recover` would catch, and `poll` would repeat, has to stay inside; a value alone can do without them. */
function mayStandBefore(step: Step, first: Step): boolean {
  if (step.kind !== 'recover' && step.kind !== 'poll') return true
  return first.kind === 'source' || (first.kind === 'pipe' && first.steps.every(one => one.kind === 'source'))
}

function sequence(steps: readonly Step[]): Step | undefined {
  return steps.length > 1
    ? { kind: 'pipe', steps: steps.flatMap(step => (step.kind === 'pipe' ? step.steps : [step])) }
    : steps[0]
}
