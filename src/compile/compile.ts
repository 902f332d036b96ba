import { createHash } from 'node:crypto'
import type { StateMachine } from '../core/asl.ts'
import type { Operation } from '../core/operation/operation.ts'
import type { Step, TaskStep } from '../core/step.ts'
import { check } from './check/check.ts'
import { type Fragment, Graph } from './graph.ts'
import { place } from './place.ts'
import { atTop, type Loop, type Scope } from './scope.ts'
import { actsOnHosts } from './shape.ts'
import { emitChoose, emitWhen } from './states/choice.ts'
import { emitFlow } from './states/flow.ts'
import { emitEach } from './states/map.ts'
import { emitParallel } from './states/parallel.ts'
import { emitQuery, emitSource } from './states/pass.ts'
import { emitRecover } from './states/recover.ts'
import { emitFallback, emitRetry } from './states/retry.ts'
import { emitSliced, isSliced } from './states/sliced.ts'
import { emitTask } from './states/task.ts'
import { emitTimeout } from './states/timeout.ts'
import { emitPoll, emitWait } from './states/wait.ts'

/** A compiled pipeline. The machine is pure data; the functions that it calls stay here, by the name of the state. */
export interface Compiled {
  readonly machine: StateMachine
  /** Changes when the machine or a function in it changes. */
  readonly version: string
  readonly tasks: ReadonlyMap<string, TaskStep>
  /** How often its loops go round, by the names of the Waits that lead back. */
  readonly loops: ReadonlyMap<string, Loop>
}

/**
 * Compiles a pipeline to Amazon States Language with JSONata: the same pipeline always to the same machine.
 * Throws `CompileRefusal` for what AWS would refuse or misunderstand later.
 *
 * @example
 * console.log(JSON.stringify(compile(listing, 'listing').machine, null, 2))
 */
export function compile(operation: Operation<any, unknown>, flow: string): Compiled {
  const step = place(operation.step)
  const version = fingerprint(build(step, flow, ''))
  const { machine, tasks, loops } = build(step, flow, version)
  check(machine)
  return { machine, tasks, loops, version }
}

function build(
  step: Step,
  flow: string,
  version: string,
): { machine: StateMachine; tasks: Map<string, TaskStep>; loops: Map<string, Loop> } {
  const graph = new Graph()
  const tasks = new Map<string, TaskStep>()
  const loops = new Map<string, Loop>()
  let count = 0
  const scope: Scope = {
    flow,
    version,
    graph,
    tasks,
    loops,
    places: atTop,
    deadline: undefined,
    retry: undefined,
    firstOnHosts: undefined,
    unique: () => ++count,
    emit,
  }
  // A flow that is the whole pipeline has the execution's input, which was parsed before it started.
  const states = graph.finish(emit(step.kind === 'flow' ? step.body : step, scope))
  return { machine: { QueryLanguage: 'JSONata', ...states }, tasks, loops }
}

function emit(step: Step, scope: Scope): Fragment {
  switch (step.kind) {
    case 'task':
      return isSliced(step) ? emitSliced(step, scope) : emitTask(step, scope)
    case 'source':
      return emitSource(step, scope)
    case 'query':
      return emitQuery(step, scope)
    case 'flow':
      return emitFlow(step, scope)
    case 'pipe':
      return emitPipe(step.steps, scope)
    case 'when':
      return emitWhen(step, scope)
    case 'choose':
      return emitChoose(step, scope)
    case 'parallel':
      return emitParallel(step, scope)
    case 'each':
      return emitEach(step, scope)
    case 'wait':
      return emitWait(step, scope)
    case 'poll':
      return emitPoll(step, scope)
    case 'retry':
      return emitRetry(step, scope)
    case 'timeout':
      return emitTimeout(step, scope)
    case 'recover':
      return emitRecover(step, scope)
    case 'fallback':
      return emitFallback(step, scope)
  }
}

function emitPipe(steps: readonly Step[], scope: Scope): Fragment {
  let inner = scope
  const fragments = steps.map(step => {
    const fragment = emit(step, inner)
    if (inner.firstOnHosts && actsOnHosts(step)) inner = { ...scope, firstOnHosts: undefined }
    return fragment
  })
  return fragments.reduce((before, after) => scope.graph.chain(before, after))
}

/** The machine and the text of every function in it, so that an edited function is another version. */
function fingerprint({
  machine,
  tasks,
}: {
  machine: StateMachine
  tasks: ReadonlyMap<string, TaskStep>
}): string {
  const hash = createHash('sha256').update(JSON.stringify(machine))
  for (const [name, { text }] of tasks) if (text) hash.update(`\0${name}\0${text}`)
  return hash.digest('hex').slice(0, 12)
}
