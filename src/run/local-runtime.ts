import type { AgentsPort } from '../core/agents.ts'
import type { BridgePort } from '../core/bridge.ts'
import type { BundlesPort } from '../core/bundles.ts'
import type { HostsPort, OutputPort, Progress } from '../core/context.ts'
import { InvalidArguments } from '../core/errors.ts'
import type { ExecutionStore } from '../core/executions.ts'
import { type Flow, isFlow, parseInput } from '../core/flow.ts'
import type { Json } from '../core/json.ts'
import type { MailPort } from '../core/mail.ts'
import { isOperation, type Operation } from '../core/operation/operation.ts'
import type { Clock } from '../core/ports.ts'
import type { PricesPort } from '../core/prices.ts'
import type { Execution, Runtime } from '../core/runtime.ts'
import { type SpillStore, spill } from '../core/spill.ts'
import type { SystemsPort } from '../core/systems/port.ts'
import { typesPort } from '../core/systems/type-flows.ts'
import type { Desk } from '../core/task.ts'
import { type ExecuteOptions, systemClock } from '../executor/index.ts'
import { conclude } from './conclude.ts'
import { adhoc, Executions, type Flows } from './executions.ts'
import type { Running } from './launch.ts'
import { Ledger } from './ledger.ts'
import { Nested } from './nested.ts'
import { openPipelines } from './pipelines.ts'

/** What a local runtime is made of. `names` gives flows their ids. */
export interface LocalRuntimeParts {
  readonly hosts: HostsPort & { close(): Promise<void> }
  /** Absent where no systems are wired. */
  readonly systems?: (SystemsPort & { close(): Promise<void> }) | undefined
  readonly bundles?: BundlesPort | undefined
  readonly prices?: (PricesPort & { close(): Promise<void> }) | undefined
  readonly mail?: MailPort | undefined
  readonly agents?: AgentsPort | undefined
  readonly store: SpillStore
  readonly out: OutputPort
  readonly progress: (event: Progress) => void
  /** The machine's own time when it is left out. */
  readonly clock?: Clock
  readonly nameOf: (operation: Operation<any, unknown>) => string | undefined
  /** What executions may start by their names, and what is gone on with after a crash. */
  readonly flows?: ReadonlyMap<string, Flow> | undefined
  /** The store that stands for S3. */
  readonly objects?: Pick<ExecuteOptions, 'readObject' | 'writeObject' | 'listObjects'> | undefined
  /** Opens the store of executions, at the first one; without it nothing is written down. */
  readonly journal?: (() => ExecutionStore | Promise<ExecutionStore>) | undefined
  /** Answers the tasks of a closet in place of this process. */
  readonly bridge?: BridgePort | undefined
}

/** A runtime in this process, whose executions survive it when they are journalled. */
export interface LocalRuntime extends Runtime {
  /** What answers tasks here, for a process that takes them from others: it finds their operations itself. */
  readonly desk: Omit<Desk, 'find'>
  /**
   * Starts a flow with an input that its schema has parsed before, as schedules and watches keep it: a schema that changes
   * what it parses would not take that again.
   */
  start(
    flow: Flow,
    input: Json,
    options: { readonly name?: string; readonly signal?: AbortSignal },
  ): Promise<Execution<unknown>>
  /**
   * Goes on with executions that nobody executes any more, because their process ended or their lease did. Those
   * whose flow has changed end as FAILED with `FlowChanged`, those whose time is over as TIMED_OUT.
   */
  resumeAbandoned(flows?: Flows): Promise<readonly Execution<unknown>[]>
  /**
   * Goes on from where an execution failed, with the same input, as AWS's redrive does. Rejects with
   * `UnknownExecution`, `WrongStatus` or `FlowChanged`.
   */
  redrive(name: string, flows?: Flows): Promise<Execution<unknown>>
  /** Asks an execution to stop, wherever it is executed. Rejects with `UnknownExecution` or `WrongStatus`. */
  stop(name: string, reason?: string): Promise<void>
}

/**
 * Runs pipelines in this process: compiles them, and executes what was compiled and nothing else. With a store of
 * executions each is journalled: a name and an input that were there before answer that execution.
 */
export function localRuntime(parts: LocalRuntimeParts): LocalRuntime {
  const { clock = systemClock, flows = new Map<string, Flow>(), journal, store } = parts
  let ledger: Promise<Ledger> | undefined
  const openLedger = async (open: NonNullable<typeof journal>) => new Ledger(await open(), clock)
  const nested: Nested = new Nested(parts, async (flow, operation, input, call) => {
    const kept = await spill(input, 'fields', store)
    const running = await executions.begin({ operation, flow, input: kept, ...call })
    return { ...running, result: () => running.ended }
  })
  const pipelines = openPipelines(() => executions, flows, store)
  const desk = {
    ...parts,
    clock,
    ...(parts.flows ? { pipelines, types: typesPort(flows) } : {}),
  }
  const executions: Executions = new Executions({
    launch: desk,
    clock,
    flows,
    startExecution: nested.start,
    ledger:
      journal &&
      (() => {
        ledger ??= openLedger(journal)
        return ledger
      }),
  })
  const handle = (running: Running): Execution<any> => {
    const result = running.ended.then(ended => conclude(ended, running.name, store, running.invoke))
    result.catch(() => {})
    const { id, name } = running
    return {
      id,
      name,
      result: () => result,
      cancel: reason => running.cancel(reason),
      events: () => running.events(),
    }
  }
  return {
    desk,
    submit: async (operation, input, options) => {
      if (!isOperation(operation))
        throw new InvalidArguments('run takes a pipeline: an operation, or several in a pipe(…)')
      const flow = parts.nameOf(operation) ?? adhoc
      const parsed = isFlow(operation) ? parseInput(flow, operation, input ?? {}) : (input ?? null)
      const kept = await spill(parsed as Json, isFlow(operation) ? 'fields' : 'whole', store)
      return handle(await executions.begin({ ...options, operation, flow, input: kept }))
    },
    start: async (operation, input, options) => {
      const flow = parts.nameOf(operation) ?? adhoc
      return handle(
        await executions.begin({ ...options, operation, flow, input: await spill(input, 'fields', store) }),
      )
    },
    resumeAbandoned: async among => (await executions.resumeAbandoned(among)).map(handle),
    redrive: async (name, among) => handle(await executions.redrive(name, among)),
    stop: (name, reason = 'Somebody asked for it') => executions.stop(name, reason),
    close: async () => {
      await (await ledger)?.close()
      await nested.close()
      await parts.bridge?.close()
      await parts.systems?.close()
      await parts.prices?.close()
      await parts.hosts.close()
    },
  }
}
