import { type Hosts, isHosts } from '../core/hosts.ts'
import type { Operation } from '../core/operation/operation.ts'
import { hasRefs, refTarget } from '../core/ref.ts'
import type { Effect, Step, TaskStep } from '../core/step.ts'

/** The hosts that a step would act on: certain, at most these, or not to be known before it runs. */
export type PlannedHosts =
  | { readonly certainty: 'exactly' | 'at most'; readonly hosts: readonly string[] }
  | { readonly certainty: 'unknown' }

/** One line of a plan: what would be done, where, and what it would change. `inside` holds what it contains. */
export interface PlannedStep {
  readonly step: string
  readonly does: string
  readonly effect: Effect | 'none'
  /** Absent for steps that don't act on hosts. */
  readonly on?: PlannedHosts
  readonly note?: string
  readonly inside?: readonly PlannedStep[]
}

interface Known {
  readonly on: PlannedHosts
  readonly input: unknown
}

/**
 * Says what a pipeline would do, and does nothing. What depends on answers that are not there yet is said to be
 * unknown, never guessed.
 *
 * @example
 * plan(pipe(ls(closet, '/'), pick(successful), pretty()))
 */
export function plan(operation: Operation<any, unknown>, input?: unknown): readonly PlannedStep[] {
  return planStep(operation.step, { on: hostsIn(input) ?? { certainty: 'unknown' }, input }).lines
}

interface Planned {
  readonly lines: readonly PlannedStep[]
  readonly on: PlannedHosts
}

function planStep(step: Step, known: Known): Planned {
  switch (step.kind) {
    case 'pipe':
      return planPipe(step.steps, known)
    case 'flow':
      return planStep(step.body, known)
    case 'source':
      return { lines: [], on: sourceHosts(step.value, known.input) }
    case 'task':
      return planTask(step, known)
    case 'query':
      return { lines: [line(step.label, 'computes its data by an expression')], on: { certainty: 'unknown' } }
    case 'wait':
      return { lines: [line(step.label, step.label)], on: known.on }
    case 'when':
      return {
        lines: [{ ...line(step.gate.label, 'goes on only if so'), note: 'unknown until it runs' }],
        on: known.on,
      }
    default:
      return planAround(step, known)
  }
}

function planPipe(steps: readonly Step[], known: Known): Planned {
  const lines: PlannedStep[] = []
  let on = known.on
  for (const step of steps) {
    const planned = planStep(step, { ...known, on })
    lines.push(...planned.lines)
    on = planned.on
  }
  return { lines, on }
}

function planTask(step: TaskStep, { on, input }: Known): Planned {
  const { definition, label } = step
  if (step.closure) {
    const keeps = ['pick', 'map'].includes(definition.name)
    return { lines: [line(label, label)], on: keeps ? atMost(on) : { certainty: 'unknown' } }
  }
  const args = fill(step.args, input)
  const does = args.complete
    ? definition.describe(args.value)
    : `${definition.name} with arguments that are unknown until it runs`
  const planned: PlannedStep = { step: label, does, effect: definition.passes ? 'none' : definition.effect }
  if (definition.onHosts) return { lines: [{ ...planned, on }], on: atMost(on) }
  return { lines: [planned], on: definition.passes ? on : { certainty: 'unknown' } }
}

type Around = Exclude<Step, { kind: 'flow' | 'pipe' | 'source' | 'task' | 'query' | 'wait' | 'when' }>

function planAround(step: Around, known: Known): Planned {
  switch (step.kind) {
    case 'choose': {
      const yes = planStep(step.yes, known)
      const no = step.no ? planStep(step.no, known) : { lines: [], on: known.on }
      const inside = [
        { ...line('if so', 'one way'), inside: yes.lines },
        { ...line('if not', 'the other way'), inside: no.lines },
      ]
      return {
        lines: [{ ...line(step.test.label, 'one way or the other'), note: 'unknown until it runs', inside }],
        on: { certainty: 'unknown' },
      }
    }
    case 'parallel': {
      const inside = step.branches.map((branch, index) => ({
        ...line(`branch ${index + 1}`, 'at the same time'),
        inside: planStep(branch, known).lines,
      }))
      return {
        lines: [{ ...line(step.label, `${step.branches.length} branches at once`), inside }],
        on: { certainty: 'unknown' },
      }
    }
    case 'each': {
      const body = planStep(step.body, { ...known, on: { certainty: 'unknown' } })
      const note = 'how many items is unknown until it runs'
      return {
        lines: [
          {
            ...line(step.items.label, `for each item, ${step.concurrency} at once`),
            note,
            inside: body.lines,
          },
        ],
        on: { certainty: 'unknown' },
      }
    }
    case 'recover': {
      const body = planStep(step.body, known)
      const handler = planStep(step.handler, { ...known, on: { certainty: 'unknown' } })
      const rescue = {
        ...line('recover', `if it throws ${step.errors.join(' or ')}`),
        note: 'unknown until it runs',
        inside: handler.lines,
      }
      return { lines: [...body.lines, rescue], on: { certainty: 'unknown' } }
    }
    default: {
      const body = planStep(step.body, known)
      return { lines: [{ ...line(step.kind, bound(step)), inside: body.lines }], on: body.on }
    }
  }
}

function bound(step: Extract<Around, { kind: 'poll' | 'retry' | 'timeout' | 'fallback' }>): string {
  switch (step.kind) {
    case 'poll':
      return `repeats every ${step.everySeconds}s until ${step.until.label}, for ${step.timeoutSeconds}s at most`
    case 'retry':
      return `up to ${step.policy.attempts} attempts at what fails`
    case 'timeout':
      return `ends after ${step.seconds}s`
    case 'fallback':
      return `again by ${step.via} where nothing was executed`
  }
}

function line(step: string, does: string): PlannedStep {
  return { step, does, effect: 'none' }
}

/** Hosts drop out as they fail, so that later steps act on these at most. */
function atMost(on: PlannedHosts): PlannedHosts {
  return on.certainty === 'exactly' ? { ...on, certainty: 'at most' } : on
}

function sourceHosts(value: unknown, input: unknown): PlannedHosts {
  return hostsIn(fill(value, input).value) ?? { certainty: 'unknown' }
}

function hostsIn(value: unknown): PlannedHosts | undefined {
  const hosts = isHosts(value) ? value : ((value as { on?: Hosts } | null | undefined)?.on ?? undefined)
  return isHosts(hosts) ? { certainty: 'exactly', hosts: hosts.hosts.map(host => host.name) } : undefined
}

/** Arguments with what the input says filled in; not complete where an expression has yet to say. */
function fill(value: unknown, input: unknown): { readonly value: unknown; readonly complete: boolean } {
  const target = refTarget(value)
  if (target) {
    const found =
      'path' in target
        ? target.path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], input)
        : undefined
    return { value: found, complete: found !== undefined }
  }
  if (!hasRefs(value)) return { value, complete: true }
  const parts = Object.entries(value as object).map(([key, item]) => [key, fill(item, input)] as const)
  const filled = Array.isArray(value)
    ? parts.map(([, part]) => part.value)
    : Object.fromEntries(parts.map(([key, part]) => [key, part.value]))
  return { value: filled, complete: parts.every(([, part]) => part.complete) }
}
