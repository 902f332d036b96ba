import { randomUUID } from 'node:crypto'
import { type Compiled, compile } from '../compile/compile.ts'
import { FlowChanged } from '../core/errors.ts'
import { UnknownExecution } from '../core/execution-errors.ts'
import type { ExecutionRecord } from '../core/executions.ts'
import type { Flow } from '../core/flow.ts'
import type { Json } from '../core/json.ts'
import type { Operation } from '../core/operation/operation.ts'
import type { Clock } from '../core/ports.ts'
import { findIn } from '../core/task.ts'
import { executionArn, type StartExecution } from '../executor/index.ts'
import { followElsewhere } from './elsewhere.ts'
import { UnknownFlow } from './flows.ts'
import { findWithout } from './gone.ts'
import { type LaunchParts, launch, type Running } from './launch.ts'
import type { Held, Ledger } from './ledger.ts'

/** A pipeline without a name is called so. */
export const adhoc = 'adhoc'

/** Milliseconds that an execution has when its machine doesn't say: a year, as in AWS. */
const aYear = 365 * 86_400_000

/** What is asked to be executed. */
export interface Asked {
  readonly operation: Operation<any, unknown>
  readonly flow: string
  readonly input: Json
  readonly name?: string | undefined
  readonly signal?: AbortSignal | undefined
  readonly parent?: string | undefined
  readonly depth?: number
}

/** Goes on with executions under these names. */
export type Flows = ReadonlyMap<string, Flow>

export interface ExecutionsParts {
  readonly launch: LaunchParts
  readonly clock: Clock
  readonly flows: Flows
  readonly ledger: (() => Promise<Ledger>) | undefined
  readonly startExecution: StartExecution
}

/** The executions of one runtime: those that it executes, and those that it finds in its store. */
export class Executions {
  readonly #parts: ExecutionsParts
  readonly #compiled = new WeakMap<object, Compiled>()
  readonly #running = new Map<string, Running>()

  constructor(parts: ExecutionsParts) {
    this.#parts = parts
  }

  compile(operation: Operation<any, unknown>, flow: string): Compiled {
    const known = this.#compiled.get(operation) ?? compile(operation, flow)
    this.#compiled.set(operation, known)
    return known
  }

  /** Starts an execution, or answers the one that has this name and this input already. */
  async begin({ operation, ...asked }: Asked): Promise<Running> {
    const { flow, input, parent, signal } = asked
    const compiled = this.compile(operation, flow)
    const { machine, version } = compiled
    const name = asked.name ?? `${flow}-${randomUUID().slice(0, 8)}`
    const { clock, launch: parts, startExecution } = this.#parts
    const find = findIn(compiled)
    const launched = { ...asked, machine, find, name, startExecution }
    const ledger = await this.#parts.ledger?.()
    if (ledger === undefined) return launch(launched, parts)

    const startedAt = clock.now()
    const deadline = startedAt + Math.min(aYear, 1000 * (machine.TimeoutSeconds ?? Number.POSITIVE_INFINITY))
    const id = executionArn(flow, name)
    const held = await ledger.start({ id, name, flow, version, machine, input, startedAt, deadline, parent })
    if (isHeld(held)) return this.#track(launch({ ...launched, deadline, held }, parts))
    return this.#running.get(id) ?? this.#follow(held, ledger, compiled, signal)
  }

  /** This name, or the first with a number behind it, under which no execution of the flow has ended. */
  async notEnded(flow: string, name: string): Promise<string> {
    const store = (await this.#parts.ledger?.())?.store
    for (let number = 1; ; number++) {
      const numbered = number === 1 ? name : `${name}.${number}`
      const status = store?.get(executionArn(flow, numbered))?.status
      if (status === undefined || status === 'RUNNING') return numbered
    }
  }

  /** Goes on with what nobody executes any more. What can't be gone on with ends as FAILED, by name. */
  async resumeAbandoned(flows: Flows = this.#parts.flows): Promise<Running[]> {
    const ledger = await this.#ledger()
    const resumed: Running[] = []
    for (const id of ledger.abandoned()) {
      const held = await ledger.takeOver(id)
      if (held !== undefined)
        resumed.push(await this.#goOn(held, ledger, this.#compiledOf(id, ledger, flows), flows))
    }
    return resumed
  }

  /** Goes on with one that failed, timed out or was aborted, from where it failed. */
  async redrive(name: string, flows: Flows = this.#parts.flows): Promise<Running> {
    const ledger = await this.#ledger()
    const record = ledger.store.get(name) ?? ledger.store.find(name)
    if (record === undefined) throw new UnknownExecution(name)
    const compiled = this.#compiledOf(record.id, ledger, flows)
    const changed = changeOf(record, compiled)
    if (changed !== undefined) throw changed
    const at = this.#parts.clock.now()
    const held = await ledger.reopen(record.id, at)
    return this.#goOn(held, ledger, compiled, flows, at)
  }

  /** Asks an execution to stop, wherever it is executed. */
  async stop(name: string, reason: string): Promise<void> {
    const { store } = await this.#ledger()
    const record = store.get(name) ?? store.find(name)
    if (record === undefined) throw new UnknownExecution(name)
    await store.request(record.id, { stop: reason })
    this.#running.get(record.id)?.cancel(reason)
  }

  async #ledger(): Promise<Ledger> {
    const ledger = await this.#parts.ledger?.()
    if (ledger === undefined) throw new UnknownExecution('(this runtime keeps no journal)')
    return ledger
  }

  #track(running: Running): Running {
    this.#running.set(running.id, running)
    const over = () => this.#running.delete(running.id)
    running.ended.then(over, over)
    return running
  }

  #follow(
    record: ExecutionRecord,
    ledger: Ledger,
    compiled: Compiled,
    signal: AbortSignal | undefined,
  ): Running {
    const takeOver = async ({ id }: ExecutionRecord): Promise<Running | undefined> => {
      if (!ledger.abandoned().includes(id)) return undefined
      const held = await ledger.takeOver(id)
      return held && this.#goOn(held, ledger, compiled, this.#parts.flows)
    }
    return followElsewhere(record, { store: ledger.store, clock: this.#parts.clock, takeOver, signal })
  }

  #compiledOf(id: string, { store }: Ledger, flows: Flows): Compiled | undefined {
    const name = store.get(id)?.flow ?? adhoc
    const flow = flows.get(name)
    return flow && this.compile(flow, name)
  }

  async #goOn(
    held: Held,
    ledger: Ledger,
    compiled: Compiled | undefined,
    flows: Flows,
    redriveAt?: number,
  ): Promise<Running> {
    const { clock, startExecution } = this.#parts
    const record = ledger.store.get(held.id)!
    const { flow, name, input, startedAt, deadline } = record
    const changed = changeOf(record, compiled)
    // One whose time is over is told so, whatever became of its flow.
    if (changed !== undefined && clock.now() < deadline) {
      await fail(held, ledger, changed, clock.now())
      return this.#ended(record, ledger)
    }
    const known = compiled?.version === record.version ? compiled : undefined
    const resume = {
      entries: ledger.store.journal(held.id),
      startedAt,
      ...(redriveAt === undefined ? {} : { redrive: { at: redriveAt } }),
    }
    const find = known ? findIn(known) : findWithout(this.#definitions(flows))
    const machine = known?.machine ?? record.machine
    const depth = depthOf(record, ledger)
    return this.#track(
      launch(
        { machine, find, flow, name, input, startExecution, depth, deadline, held, resume },
        this.#parts.launch,
      ),
    )
  }

  #ended(record: ExecutionRecord, { store }: Ledger): Running {
    return followElsewhere(record, { store, clock: this.#parts.clock, takeOver: async () => undefined })
  }

  *#definitions(flows: Flows) {
    for (const [name, flow] of flows)
      for (const { definition } of this.compile(flow, name).tasks.values()) yield definition
  }
}

function isHeld(started: Held | ExecutionRecord): started is Held {
  return !('status' in started)
}

/** Why an execution can't be gone on with, if it can't: its functions are others by now, or gone. */
function changeOf(
  { flow, name, version }: ExecutionRecord,
  compiled: Compiled | undefined,
): Error | undefined {
  if (compiled?.version === version || (compiled === undefined && flow === adhoc)) return undefined
  if (compiled === undefined)
    return new UnknownFlow(`there is no flow ${flow} any more, which ${name} is an execution of`)
  return new FlowChanged(
    `flow ${flow} was changed while ${name} was under way: it began as version ${version} and here is ${compiled.version}, whose functions may do something else; start it again, or bring back the flow that it began with`,
    { detail: { flow, began: version, here: compiled.version } },
  )
}

async function fail(
  held: Held,
  { store }: Ledger,
  { name: error, message: cause }: Error,
  at: number,
): Promise<void> {
  let last = 0
  for (const { event, execution } of store.journal(held.id)) if (execution === held.id) last = event.id
  held.append({
    event: {
      id: last + 1,
      previousEventId: last,
      timestamp: new Date(at).toISOString(),
      type: 'ExecutionFailed',
      executionFailedEventDetails: { error, cause },
    },
    execution: held.id,
    scope: '',
  })
  await held.finish({ status: 'FAILED', stoppedAt: at, error, cause })
  held.release()
}

/** How many executions it is within. */
function depthOf({ parent }: ExecutionRecord, { store }: Ledger): number {
  let depth = 0
  for (let above = parent; above !== undefined; above = store.get(above)?.parent) depth++
  return depth
}
