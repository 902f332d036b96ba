import { setImmediate as turn } from 'node:timers/promises'
import type { Json } from '../core/json.ts'
import type { Clock } from '../core/ports.ts'
import { Seed, secretOf } from './chance.ts'
import type { ContextObject } from './context-object.ts'
import type { EventListener } from './events.ts'
import { History } from './history.ts'
import type { Interrupted, Journal } from './journal.ts'
import type { ListObjects, ReadObject, WriteObject } from './objects.ts'
import type { PastExecution, Pasts } from './recall.ts'
import { Tokens } from './tokens.ts'

/** What a Task asks of the world. */
export interface InvokeCall {
  /** The Resource of the Task, as the machine has it. */
  readonly resource: string
  /** The handler's own copy. */
  readonly arguments: Json
  /** Aborted when the answer is no longer wanted: a timeout, a cancellation, a sibling that failed. */
  readonly signal: AbortSignal
  /** For resources that end in `.waitForTaskToken`: who has it may answer through the execution. */
  readonly token: string | undefined
  /** A name that belongs to this attempt alone, and is the same when it is repeated after a crash. */
  readonly key: string
  /** Says that the work goes on, for a Task with HeartbeatSeconds. */
  heartbeat(): void
  /**
   * Says that the work was handed on and is waited for: AWS's event TaskSubmitted. Resolves once a crash does not undo
   * that this was said.
   */
  submitted(answer: Json): Promise<void>
  /** The context object, as `$states.context` gives it. */
  readonly context: ContextObject
}

/**
 * Answers Tasks. What it gives back must be JSON; what it throws fails the Task, by the name of a `TaskError`
 * or else by the name of the error's class.
 */
export type Invoke = (call: InvokeCall) => unknown

export interface Limits {
  /** Bytes of JSON text that a state's input, output or variables may take. */
  readonly dataBytes: number
  /** Milliseconds of real time that one expression may take. */
  readonly evaluationMs: number
  /** Milliseconds that a handler has to answer after its signal was aborted. */
  readonly graceMs: number
  /** Iterations at once of an INLINE Map that sets no MaxConcurrency; AWS's own is about this. */
  readonly inlineConcurrency: number
  /** Children at once of a DISTRIBUTED Map that sets none. AWS allows 10,000; a laptop has one process. */
  readonly distributedConcurrency: number
  /** Events of one execution's history; the last one is its end. */
  readonly historyEvents: number
  /** Executions that start one another, one within the other. */
  readonly nesting: number
  /** Characters of a JSON document that items are read from, which is held in memory as a whole. */
  readonly datasetChars: number
  /** Characters of one line of JSON Lines, or of one record of CSV. */
  readonly recordChars: number
  /** Characters after which a result file is closed and the next one begun. */
  readonly resultFileChars: number
}

export const defaultLimits: Limits = {
  dataBytes: 256 * 1024,
  evaluationMs: 1_000,
  graceMs: 5_000,
  inlineConcurrency: 40,
  distributedConcurrency: 1_000,
  historyEvents: 25_000,
  nesting: 50,
  datasetChars: 256 * 1024 * 1024,
  recordChars: 8 * 1024 * 1024,
  resultFileChars: 4 * 1024 * 1024,
}

/** What the caller of an execution brings. */
export interface Ports {
  readonly invoke: Invoke
  readonly readObject: ReadObject | undefined
  readonly writeObject: WriteObject | undefined
  readonly listObjects: ListObjects | undefined
  readonly clock: Clock
  /** In place of the execution's own chance. */
  readonly random: (() => number) | undefined
  readonly limits: Limits
  readonly onEvent: EventListener | undefined
  readonly journal: Journal | undefined
  /** Decides about tasks that were under way when a process ended. */
  readonly interrupted: Interrupted
}

/** One execution, for the states that run in it. A DISTRIBUTED Map's children are executions of their own. */
export interface Run {
  readonly ports: Ports
  readonly history: History
  readonly tokens: Tokens
  readonly execution: ContextObject['Execution']
  readonly stateMachine: ContextObject['StateMachine']
  readonly pace: Pace
  /** What its chance and its tokens are made of. */
  readonly seed: Seed
  /** What it did before a crash, and what its children did. */
  readonly past: PastExecution | undefined
  readonly pasts: Pasts | undefined
  /** Resolves when what was told before a crash has been gone through, so that nothing is done that is not wanted. */
  readonly settled: Promise<void> | undefined
}

/** Where our ARNs say that they are. */
const home = 'local:000000000000'

export interface RunOptions {
  readonly ports: Ports
  readonly machineName: string
  readonly name: string
  readonly input: Json
  readonly seed: Seed
  /** When it started, if that was before a crash; milliseconds since the epoch. */
  readonly startedAt?: number | undefined
  readonly pasts?: Pasts | undefined
}

/** The ARN of an execution here. */
export function executionArn(machineName: string, name: string): string {
  return `arn:aws:states:${home}:execution:${machineName}:${name}`
}

export function newRun({ ports, machineName, name, input, seed, startedAt, pasts }: RunOptions): Run {
  const id = executionArn(machineName, name)
  const past = pasts?.get(id)
  const began = startedAt ?? past?.startedAt ?? ports.clock.now()
  const { clock, onEvent, journal, limits } = ports
  return {
    ports,
    history: new History(id, () => clock.now(), onEvent, limits.historyEvents, journal, past?.lastId),
    tokens: new Tokens(),
    pace: new Pace(),
    seed: past?.seed ?? seed,
    past,
    pasts,
    settled: pasts === undefined ? undefined : turn().then(() => turn()),
    execution: {
      Id: id,
      Input: past?.input === undefined ? input : (JSON.parse(past.input) as Json),
      Name: name,
      RoleArn: `arn:aws:iam::000000000000:role/${machineName}`,
      StartTime: new Date(began).toISOString(),
      RedriveCount: past?.redrives ?? 0,
    },
    stateMachine: { Id: `arn:aws:states:${home}:stateMachine:${machineName}`, Name: machineName },
  }
}

/** The execution of one of a Map Run's children. Tokens and pace are its parent's, whose handle answers them. */
export function childOf(parent: Run, label: string, index: number, input: Json): Run {
  const { ports, tokens, pace, stateMachine, pasts, settled } = parent
  const machineName = `${stateMachine.Name}/${label}`
  const name = String(index)
  const seed = new Seed(() => secretOf(`${parent.seed.text}/${label}/${name}`))
  return { ...newRun({ ports, machineName, name, input, seed, pasts }), tokens, pace, stateMachine, settled }
}

export function mapRunArn(run: Run, label: string): string {
  return `arn:aws:states:${home}:mapRun:${run.stateMachine.Name}/${label}`
}

/** States between two turns of the event loop. */
const turnEvery = 256

/**
 * Lets the event loop turn now and then. A machine that loops over states without waiting would otherwise
 * never leave the microtask queue, and no signal or timer could end it.
 */
export class Pace {
  #states = 0

  step(): Promise<void> | undefined {
    return ++this.#states % turnEvery === 0 ? turn() : undefined
  }
}
