import type { Step } from '../step.ts'
import { fromStep, type Operation } from './operation.ts'

/** Gives the last step of a pipeline a name of its own. */
export function nameStep<I, O>(name: string, operation: Operation<I, O>): Operation<I, O> {
  return fromStep(rename(operation.step, name))
}

/** The last state of a pipeline is the one that does what its name says. */
function rename(step: Step, label: string): Step {
  switch (step.kind) {
    case 'task':
    case 'source':
    case 'query':
    case 'wait':
      return { ...step, label, own: true }
    case 'when':
      return { ...step, gate: { ...step.gate, label, own: true } }
    case 'choose':
      return { ...step, test: { ...step.test, label, own: true } }
    case 'each':
      return { ...step, items: { ...step.items, label, own: true } }
    case 'poll':
      return { ...step, until: { ...step.until, label, own: true } }
    case 'pipe':
      return {
        ...step,
        steps: step.steps.map((inner, index) =>
          index === step.steps.length - 1 ? rename(inner, label) : inner,
        ),
      }
    case 'parallel':
      return { ...step, label, own: true }
    default:
      return { ...step, body: rename(step.body, label) }
  }
}
