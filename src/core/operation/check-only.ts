import type { Hosts } from '../hosts.ts'
import { findNotJson, isRecord, type Json } from '../json.ts'
import { isOutcome, type Outcome } from '../outcome.ts'
import type { Closure, Definition, Step, TaskStep } from '../step.ts'
import { fanOut } from './fan-out.ts'
import { fromStep, type Operation } from './operation.ts'

/** What a step answers that was left undone because it can't say what it would change. */
export interface Unknown {
  readonly changed: null
  /** What would be done. */
  readonly would: string
}

/** Whether a value is one that nobody knows yet. */
function isUnknown(value: unknown): value is Unknown {
  return isRecord(value) && value.changed === null && typeof value.would === 'string'
}

/**
 * The same pipeline with nothing changed by it. Resources look and say what they would change, what only reads is
 * done, and everything else answers `{ changed: null, would: '…' }`. Nothing is waited for, and what is polled is
 * looked at once. An author's function that can't do with what is unknown is passed over; a gate lets it pass.
 *
 * @example
 * await run(checkOnly(pipe(file(closet, '/etc/motd', { content: 'hello\n' }), pretty())))
 */
export function checkOnly<I, O>(operation: Operation<I, O>): Operation<I, O> {
  return fromStep(checked(operation.step))
}

function checked(step: Step): Step {
  switch (step.kind) {
    case 'task':
      return checkedTask(step)
    case 'pipe':
      return { ...step, steps: step.steps.map(checked) }
    case 'when':
      return { ...step, gate: decided(step.gate) }
    case 'choose':
      return {
        ...step,
        test: decided(step.test),
        yes: checked(step.yes),
        no: step.no && checked(step.no),
      }
    case 'parallel':
      return { ...step, branches: step.branches.map(checked) }
    case 'recover':
      return { ...step, body: checked(step.body), handler: checked(step.handler) }
    case 'poll':
      return checked(step.body)
    case 'wait':
      return { kind: 'query', label: step.label, expression: '$states.input' }
    case 'source':
    case 'query':
      return step
    default:
      return { ...step, body: checked(step.body) }
  }
}

function checkedTask(step: TaskStep): TaskStep {
  const { definition, args, closure } = step
  if (closure) return { ...step, closure: tolerant(closure, ['map', 'pick'].includes(definition.name)) }
  if (definition.checks) return { ...step, args: { ...(args as Record<string, Json>), check: true } }
  return definition.effect === 'read' ? step : { ...step, definition: undone(definition) }
}

/** An operation that is not done: it says what it would have done. */
function undone(definition: Definition): Definition {
  const { describe, onHosts, passes } = definition
  return {
    ...definition,
    // It must never be found where the real one is looked for by its name.
    name: `would.${definition.name}`.slice(0, 60),
    effect: 'read',
    // It touches nothing of the world, so nobody in a closet has to be asked.
    site: 'code',
    functionName: 'CodeFunction',
    heartbeatSeconds: undefined,
    handle: (data, args, context) => {
      const unknown: Unknown = { changed: null, would: describe(args) }
      if (passes) return data
      return onHosts ? fanOut(data, untouched(context), undefined, async () => unknown) : unknown
    },
  }
}

/** No connection is needed to say what would be done. */
function untouched<C extends { readonly hosts: object }>(context: C): C {
  const refuse = async (): Promise<never> => {
    throw new Error('nothing is connected to')
  }
  const remote = { exec: refuse, upload: refuse, download: refuse, sync: refuse }
  return { ...context, hosts: { ...context.hosts, open: async () => remote } }
}

/**
 * An author's function was written for values that are known. It gets those; hosts whose value is unknown go on with
 * it where the function looks at values one by one (`apart`), and the data as it is where it throws over them.
 */
function tolerant(closure: Closure, apart: boolean): Closure {
  return async (data, about, step) => {
    if (!holdsUnknown(data)) return closure(data, about, step)
    if (apart) return withoutUnknown(closure, data, about, step)
    try {
      const answer: unknown = await closure(data, about, step)
      return findNotJson(answer) ? data : answer
    } catch {
      // What it says of values that it was not written for helps nobody.
      return data
    }
  }
}

/** Gates and choices go on where the answer depends on what is unknown. */
function decided(test: TaskStep): TaskStep {
  const { closure } = test
  if (!closure) return test
  const asked: Closure = async (data, about, step) =>
    holdsUnknown(data) ? { pass: true, reason: 'unknown until it runs' } : closure(data, about, step)
  return { ...test, closure: asked }
}

async function withoutUnknown(closure: Closure, data: unknown, ...rest: Rest): Promise<unknown> {
  const outcome = data as Outcome<Hosts, unknown>
  const unknown = outcome.successful.filter(({ value }) => isUnknown(value))
  const known = outcome.successful.filter(({ value }) => !isUnknown(value))
  const names = new Set(unknown.map(({ host }) => host))
  const only = {
    ...outcome,
    on: { ...outcome.on, hosts: outcome.on.hosts.filter(({ name }) => !names.has(name)) },
    successful: known,
  }
  const answer: unknown = await closure(only, ...rest)
  if (!isOutcome(answer)) return answer
  const { on, successful } = answer as Outcome<Hosts, unknown>
  const kept = new Set([...on.hosts.map(({ name }) => name), ...names])
  return {
    ...answer,
    on: { ...on, hosts: outcome.on.hosts.filter(({ name }) => kept.has(name)) },
    successful: [...successful, ...unknown],
  }
}

type Rest = Parameters<Closure> extends [unknown, ...infer R] ? R : never

function holdsUnknown(data: unknown): boolean {
  if (isUnknown(data)) return true
  if (Array.isArray(data)) return data.some(holdsUnknown)
  return isOutcome(data) && data.successful.some(({ value }) => isUnknown(value))
}
