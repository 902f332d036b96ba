import { randomUUID } from 'node:crypto'
import { type Compiled, compile } from '../compile/compile.ts'
import type { HostsPort, OutputPort, Progress } from '../core/context.ts'
import { InvalidArguments } from '../core/errors.ts'
import { type Flow, isFlow, parseInput } from '../core/flow.ts'
import type { Json } from '../core/json.ts'
import { isOperation, type Operation } from '../core/operation/operation.ts'
import type { Clock } from '../core/ports.ts'
import {
  type Execution,
  ExecutionCancelled,
  type ExecutionEvent,
  ExecutionFailed,
  type RunOptions,
  type Runtime,
} from '../core/runtime.ts'
import { type SpillStore, spill, unspill } from '../core/spill.ts'
import { findIn } from '../core/task.ts'
import {
  type ExecuteOptions,
  type ExecutionResult,
  execute,
  type StartExecution,
  systemClock,
} from '../executor/index.ts'
import { Channel } from './channel.ts'
import { type LocalInvoke, localInvoke } from './invoke.ts'
import { Nested } from './nested.ts'

/** What a local runtime is made of. `names` gives flows their ids. */
export interface LocalRuntimeParts {
  readonly hosts: HostsPort & { close(): Promise<void> }
  readonly store: SpillStore
  readonly out: OutputPort
  readonly progress: (event: Progress) => void
  /** The machine's own time when it is left out. */
  readonly clock?: Clock
  readonly nameOf: (operation: Operation<any, unknown>) => string | undefined
  /** What executions may start by their names. */
  readonly flows?: ReadonlyMap<string, Flow> | undefined
  /** The store that stands for S3. */
  readonly objects?: Pick<ExecuteOptions, 'readObject' | 'writeObject' | 'listObjects'> | undefined
}

/** Runs pipelines in this process: compiles them, and executes what was compiled and nothing else. */
export function localRuntime(parts: LocalRuntimeParts): Runtime {
  const compiled = new WeakMap<object, Compiled>()
  const compileOnce = (operation: Operation<any, unknown>, flow: string): Compiled => {
    const known = compiled.get(operation) ?? compile(operation, flow)
    compiled.set(operation, known)
    return known
  }
  const nested: Nested = new Nested(parts, async (flow, operation, input, { name, depth }) => {
    const kept = await spill(input, 'fields', parts.store)
    const started = { flow, input: kept, name, depth, startExecution: nested.start }
    return launch(compileOnce(operation, flow), started, parts).execution
  })
  return {
    submit: async (operation, input, options) => {
      if (!isOperation(operation))
        throw new InvalidArguments('run takes a pipeline: an operation, or several in a pipe(…)')
      const flow = parts.nameOf(operation) ?? 'adhoc'
      const parsed = isFlow(operation) ? parseInput(flow, operation, input ?? {}) : (input ?? null)
      const kept = await spill(parsed as Json, isFlow(operation) ? 'fields' : 'whole', parts.store)
      return start(
        compileOnce(operation, flow),
        { flow, input: kept, startExecution: nested.start },
        parts,
        options,
      )
    },
    close: async () => {
      await nested.close()
      await parts.hosts.close()
    },
  }
}

/** What an execution is started with, whoever starts it. */
interface Launch {
  readonly flow: string
  readonly input: Json
  readonly startExecution: StartExecution
  readonly name?: string | undefined
  readonly depth?: number
  readonly signal?: AbortSignal | undefined
  readonly onEvent?: NonNullable<ExecuteOptions['onEvent']>
}

function launch(compiled: Compiled, { flow, name, signal, ...options }: Launch, parts: LocalRuntimeParts) {
  const { clock = systemClock } = parts
  const invoke = localInvoke({ ...parts, clock, find: findIn(compiled) })
  const execution = execute({
    ...parts.objects,
    ...options,
    machine: compiled.machine,
    clock,
    invoke,
    machineName: flow,
    name: name ?? `${flow}-${randomUUID().slice(0, 8)}`,
    ...(signal ? { signal } : {}),
  })
  invoke.serve(execution)
  return { execution, invoke }
}

function start(
  compiled: Compiled,
  launched: Launch,
  parts: LocalRuntimeParts,
  { signal, name }: RunOptions,
): Execution<any> {
  const events = new Channel<ExecutionEvent>()
  const onEvent: Launch['onEvent'] = event => events.push(event as unknown as ExecutionEvent)
  const { execution, invoke } = launch(compiled, { ...launched, name, signal, onEvent }, parts)
  const result = execution
    .result()
    .then(ended => conclude(ended, execution.name, invoke, parts.store))
    .finally(() => events.close())
  result.catch(() => {})
  return {
    id: execution.id,
    name: execution.name,
    result: () => result,
    cancel: reason => execution.cancel(reason),
    events: () => events,
  }
}

/** The pipeline's answer, or the error that says why there is none. */
async function conclude(
  ended: ExecutionResult,
  name: string,
  invoke: LocalInvoke,
  store: SpillStore,
): Promise<unknown> {
  if (ended.status === 'SUCCEEDED') return unspill(ended.output, store)
  const { error = 'States.Runtime', cause = '' } = ended
  if (ended.status === 'ABORTED') {
    const partial = await Promise.all(invoke.late.map(one => unspill(one, store)))
    throw new ExecutionCancelled(name, cause || error, partial.at(-1))
  }
  const thrown = invoke.thrown(error, cause)
  throw new ExecutionFailed(`${name} failed: ${error}: ${sentence(cause)}`, {
    error,
    execution: name,
    ...(thrown ? { cause: thrown } : {}),
  })
}

/** What an error says, out of the JSON in which Lambda puts it. */
function sentence(cause: string): string {
  try {
    const said: unknown = JSON.parse(cause)
    return typeof said === 'object' && said !== null && 'errorMessage' in said
      ? String(said.errorMessage)
      : cause
  } catch {
    return cause
  }
}
