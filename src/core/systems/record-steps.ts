import type { Hosts } from '../hosts.ts'
import { isRecord } from '../json.ts'
import { fromStep, type Operation } from '../operation/operation.ts'
import { isOutcome, type Outcome, type Success } from '../outcome.ts'
import type { Closure, Step, TaskStep } from '../step.ts'

/** What a step of a plan did to one system. */
export interface DoneStep {
  readonly step: string
  /** `null` where the step doesn't say. */
  readonly changed: boolean | null
  readonly what?: readonly string[]
  /** How a file would change, in a plan. */
  readonly diff?: string
  /** What would be done, in a plan, by a step that can't look first. */
  readonly would?: string
}

/** A success with the steps that led to it, which travel beside the value where no step of the author's loses them. */
type Recorded = Success<unknown> & { readonly steps?: readonly DoneStep[] }

/** The same pipeline, in which every host's success keeps what each step before did. */
export function recordSteps<I, O>(operation: Operation<I, O>): Operation<I, O> {
  return fromStep(recorded(operation.step))
}

/** The steps that were recorded for a host. */
export function stepsOf(success: Recorded): readonly DoneStep[] {
  return success.steps ?? []
}

function recorded(step: Step): Step {
  switch (step.kind) {
    case 'task':
      return recordedTask(step)
    case 'pipe':
      return { ...step, steps: step.steps.map(recorded) }
    case 'parallel':
      return { ...step, branches: step.branches.map(recorded) }
    case 'choose':
      return { ...step, yes: recorded(step.yes), no: step.no && recorded(step.no) }
    case 'recover':
      return { ...step, body: recorded(step.body), handler: recorded(step.handler) }
    case 'source':
    case 'query':
    case 'wait':
    case 'when':
      return step
    default:
      return { ...step, body: recorded(step.body) }
  }
}

function recordedTask(step: TaskStep): TaskStep {
  const { definition, closure } = step
  if (closure) {
    const carried: Closure = async (data, about, name) => carry(data, await closure(data, about, name))
    return { ...step, closure: carried }
  }
  if (!definition.onHosts) return step
  return {
    ...step,
    definition: {
      ...definition,
      handle: async (data, args, context) =>
        carry(data, await definition.handle(data, args, context), value =>
          entry(called(step, args, context.step), value, definition.effect === 'read'),
        ),
    },
  }
}

/** What a person calls a step: by its author's name for it, else by what it does with the arguments that it got. */
function called({ own, definition }: TaskStep, args: unknown, state: string): string {
  if (own) return state
  return definition.describe(args).replaceAll(/\s+/g, ' ').trim().slice(0, 200) || state
}

/** What a step did, by its answer. One that only read did nothing. */
function entry(step: string, value: unknown, reads: boolean): DoneStep[] {
  const { changed, what, diff, would } = isRecord(value) ? value : {}
  const told = typeof changed === 'boolean' || changed === null
  if (!told) return reads ? [] : [{ step, changed: null }]
  return [
    {
      step,
      changed,
      ...(Array.isArray(what) && what.length > 0 ? { what: what.map(String) } : {}),
      ...(typeof diff === 'string' && diff !== '' ? { diff } : {}),
      ...(typeof would === 'string' ? { would } : {}),
    },
  ]
}

function carry(before: unknown, after: unknown, add: (value: unknown) => DoneStep[] = () => []): unknown {
  if (!isOutcome(after)) return after
  const { successful } = after as Outcome<Hosts, unknown>
  const known = stepsBefore(before)
  return {
    ...after,
    successful: successful.map((one: Recorded) => ({
      ...one,
      steps: [...(known.get(one.host) ?? stepsOf(one)), ...add(one.value)],
    })),
  }
}

/** What each host had done. Branches begin with the same steps and go on with their own. */
function stepsBefore(data: unknown): ReadonlyMap<string, readonly DoneStep[]> {
  const outcomes = Array.isArray(data) ? data.filter(isOutcome) : isOutcome(data) ? [data] : []
  const steps = new Map<string, readonly DoneStep[]>()
  for (const { successful } of outcomes as Outcome<Hosts, unknown>[])
    for (const one of successful) {
      const before = steps.get(one.host)
      const own = stepsOf(one)
      steps.set(one.host, before ? [...before, ...own.slice(shared(before, own))] : own)
    }
  return steps
}

function shared(a: readonly DoneStep[], b: readonly DoneStep[]): number {
  const differs = b.findIndex((one, index) => JSON.stringify(one) !== JSON.stringify(a[index]))
  return differs === -1 ? b.length : differs
}
