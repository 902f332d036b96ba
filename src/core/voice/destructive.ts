import type { Step } from '../step.ts'

/** What takes away what nobody can bring back. */
const operations: ReadonlySet<string> = new Set(['destroy', 'revert', 'rm'])

/** Whether a pipeline has a step that destroys: by voice it asks back unless its author says otherwise. */
export function destructive(step: Step): boolean {
  switch (step.kind) {
    case 'task':
      return operations.has(step.definition.name)
    case 'pipe':
      return step.steps.some(destructive)
    case 'choose':
      return destructive(step.yes) || (step.no !== undefined && destructive(step.no))
    case 'parallel':
      return step.branches.some(destructive)
    case 'recover':
      return destructive(step.body) || destructive(step.handler)
    case 'source':
    case 'query':
    case 'when':
    case 'wait':
      return false
    default:
      return destructive(step.body)
  }
}
