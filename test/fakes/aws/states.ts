import type { StateMachine } from '../../../src/core/asl.ts'
import type { JournalEntry } from '../../../src/core/executions.ts'
import type { Json } from '../../../src/core/json.ts'
import type { ExecutionEvent } from '../../../src/core/runtime.ts'
import { type Execution, execute, type InvokeCall } from '../../../src/executor/index.ts'
import { canonicalJson } from '../../../src/state/same-json.ts'
import { jsonReply, type WireCall, WireError, type WireReply, type WireService } from './wire.ts'

export interface StatesOptions {
  readonly region?: string
  readonly account?: string
  /** State machines by their names. */
  readonly machines: Readonly<Record<string, StateMachine>>
  /** Opens what answers the Tasks of one execution; `serve` hears of it once it is there. */
  readonly open?: (machine: string) => Answering
  /** Events and executions of one page at most, whatever is asked for. */
  readonly pageSize?: number
  /** How many questions about an execution that was just started are answered as if it were not there. */
  readonly unknownFor?: number
}

/** Answers Tasks; those with a token through the execution. */
export type Answering = ((call: InvokeCall) => unknown) & { readonly serve?: (execution: Execution) => void }

type Status = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED'

interface Kept {
  readonly arn: string
  readonly machine: string
  readonly name: string
  readonly input: string
  readonly startedAt: number
  readonly entries: JournalEntry[]
  readonly events: ExecutionEvent[]
  readonly running: Execution | undefined
  readonly redrives: number
  readonly status: Status
  readonly stoppedAt?: number
  readonly output?: string | undefined
  readonly error?: string | undefined
  readonly cause?: string | undefined
  /** Questions that are still answered as if it were not there. */
  hidden: number
}

export interface StatesFake extends WireService {
  /** The ARN of a state machine. */
  arnOf(machine: string): string
  /** The executions, by their names. */
  readonly executions: ReadonlyMap<string, { readonly status: Status; readonly input: string }>
  /** Keeps an execution that was recorded elsewhere, in AWS's own events. */
  record(machine: string, name: string, events: readonly ExecutionEvent[], startedAt?: number): string
  /** Stops whatever still runs. */
  stop(): Promise<void>
}

/** Bytes and days that it takes (AWS Step Functions, quotas). */
const mostInput = 262_144
const redrivableMs = 14 * 86_400_000

const ends = new Map<string, Status>([
  ['ExecutionSucceeded', 'SUCCEEDED'],
  ['ExecutionFailed', 'FAILED'],
  ['ExecutionTimedOut', 'TIMED_OUT'],
  ['ExecutionAborted', 'ABORTED'],
])

/**
 * Step Functions' API for whoever starts and follows executions. State machines are executed by our own executor, which is
 * held to what AWS recorded; names, pages, consistency and refusals are as its API reference documents them.
 */
export function statesService(options: StatesOptions): StatesFake {
  const { region = 'eu-central-1', account = '123456789012', pageSize = 1_000, unknownFor = 0 } = options
  const kept = new Map<string, Kept>()
  const over: Promise<unknown>[] = []
  const prefix = `arn:aws:states:${region}:${account}`
  const arnOf = (machine: string) => `${prefix}:stateMachine:${machine}`

  const machineOf = (arn: string): [string, StateMachine] => {
    const name = arn.split(':')[6] ?? ''
    const machine = arn.startsWith(prefix) ? options.machines[name] : undefined
    if (machine === undefined)
      throw new WireError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`)
    return [name, machine]
  }

  const find = (arn: string): Kept => {
    const one = kept.get(arn)
    if (one === undefined || one.hidden > 0) {
      if (one) one.hidden--
      throw new WireError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`)
    }
    return one
  }

  const begin = (one: Kept, machine: StateMachine, redrive: boolean): void => {
    const { arn, name, input, startedAt, entries, events } = one
    const invoke: Answering = options.open?.(one.machine) ?? (() => null)
    const running = execute({
      machine,
      machineName: one.machine,
      name,
      input: JSON.parse(input) as Json,
      invoke,
      journal: { append: entry => void entries.push(entry), flush: async () => {} },
      onEvent: event => void events.push(event as unknown as ExecutionEvent),
      ...(redrive ? { resume: { entries: [...entries], startedAt, redrive: { at: Date.now() } } } : {}),
    })
    invoke.serve?.(running)
    const { stoppedAt: _at, output: _out, error: _error, cause: _cause, ...rest } = one
    kept.set(arn, { ...rest, running, status: 'RUNNING', redrives: one.redrives + (redrive ? 1 : 0) })
    over.push(
      running.result().then(ended => {
        const { status, ...words } = ended
        const output = status === 'SUCCEEDED' ? JSON.stringify(ended.output) : undefined
        kept.set(arn, {
          ...kept.get(arn)!,
          ...words,
          running: undefined,
          status,
          output,
          stoppedAt: Date.now(),
        })
      }),
    )
  }

  const actions: Readonly<Record<string, (json: any) => WireReply | Promise<WireReply>>> = {
    StartExecution({ stateMachineArn, name, input = '{}' }) {
      const [machineName, machine] = machineOf(stateMachineArn)
      if (!/^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u.test(name))
        throw new WireError('InvalidName', `Invalid Name: '${name}'`)
      if (Buffer.byteLength(input) > mostInput)
        throw new WireError('ValidationException', "1 validation error detected: Value at 'input' failed")
      try {
        JSON.parse(input)
      } catch {
        throw new WireError('InvalidExecutionInput', 'Invalid State Machine Execution Input')
      }
      const arn = `${prefix}:execution:${machineName}:${name}`
      const there = kept.get(arn)
      if (there !== undefined && (there.status !== 'RUNNING' || !same(there.input, input)))
        throw new WireError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`)
      if (there === undefined) {
        const fresh = {
          arn,
          machine: machineName,
          name,
          input,
          startedAt: Date.now(),
          entries: [],
          events: [],
        }
        begin(
          { ...fresh, running: undefined, redrives: 0, status: 'RUNNING', hidden: unknownFor },
          machine,
          false,
        )
      }
      return jsonReply({ executionArn: arn, startDate: seconds(kept.get(arn)!.startedAt) })
    },
    DescribeExecution: ({ executionArn }) => jsonReply(described(find(executionArn), true)),
    DescribeStateMachineForExecution({ executionArn }) {
      const one = find(executionArn)
      const machine = options.machines[one.machine]
      return jsonReply({
        stateMachineArn: arnOf(one.machine),
        name: one.machine,
        definition: JSON.stringify(machine),
        roleArn: `arn:aws:iam::${account}:role/r`,
        updateDate: 0,
      })
    },
    DescribeStateMachine({ stateMachineArn }) {
      const [name, machine] = machineOf(stateMachineArn)
      return jsonReply({
        stateMachineArn: arnOf(name),
        name,
        status: 'ACTIVE',
        type: 'STANDARD',
        definition: JSON.stringify(machine),
        roleArn: `arn:aws:iam::${account}:role/r`,
        creationDate: 0,
      })
    },
    ListExecutions({ stateMachineArn, statusFilter, maxResults = 100, nextToken }) {
      const [machine] = machineOf(stateMachineArn)
      const all = [...kept.values()]
        .filter(one => one.machine === machine && one.hidden === 0)
        .filter(({ status }) => statusFilter === undefined || status === statusFilter)
        .sort((a, b) => b.startedAt - a.startedAt)
      const { items, next } = page(all, maxResults, nextToken)
      return jsonReply({ executions: items.map(one => described(one, false)), ...next })
    },
    GetExecutionHistory({ executionArn, reverseOrder = false, maxResults = 100, nextToken }) {
      const { events } = find(executionArn)
      const { items, next } = page(reverseOrder ? events.toReversed() : events, maxResults, nextToken)
      return jsonReply({ events: items.map(wireEvent), ...next })
    },
    async StopExecution({ executionArn, cause }) {
      const one = find(executionArn)
      one.running?.cancel(cause)
      await one.running?.result()
      return jsonReply({ stopDate: seconds(kept.get(executionArn)?.stoppedAt ?? Date.now()) })
    },
    RedriveExecution({ executionArn }) {
      const one = find(executionArn)
      const reason = notRedrivable(one)
      if (reason !== undefined)
        throw new WireError(
          'ExecutionNotRedrivable',
          `Execution is not redrivable: '${executionArn}': ${reason}`,
        )
      begin(one, options.machines[one.machine]!, true)
      return jsonReply({ redriveDate: seconds(Date.now()) })
    },
  }

  const page = <T>(all: readonly T[], most: number, token: string | undefined) => {
    const from = token === undefined ? 0 : Number(Buffer.from(token, 'base64').toString())
    if (!Number.isInteger(from)) throw new WireError('InvalidToken', `Invalid Token: '${token}'`)
    const to = from + Math.min(pageSize, most || 100)
    const next = to < all.length ? { nextToken: Buffer.from(String(to)).toString('base64') } : {}
    return { items: all.slice(from, to), next }
  }

  return {
    name: 'states',
    protocol: 'json',
    handle({ action, json }: WireCall) {
      const handler = actions[action]
      if (handler === undefined) throw new WireError('UnknownOperationException', action)
      return handler(json)
    },
    arnOf,
    get executions() {
      return new Map([...kept.values()].map(one => [one.name, one]))
    },
    record(machine, name, events, startedAt = Date.now()) {
      const arn = `${prefix}:execution:${machine}:${name}`
      const texts = events.map(asText)
      const last = texts.at(-1)!
      const status = ends.get(last.type) ?? 'RUNNING'
      const details = Object.values(last).find(one => typeof one === 'object') as Record<string, string>
      const started = texts[0]?.executionStartedEventDetails as { input?: string } | undefined
      const input = started?.input ?? '{}'
      const empty = { entries: [], events: texts, running: undefined, redrives: 0, hidden: 0 }
      const ended = status === 'RUNNING' ? {} : { stoppedAt: startedAt + 1_000, ...details }
      kept.set(arn, { ...empty, arn, machine, name, input, startedAt, status, ...ended })
      return arn
    },
    async stop() {
      for (const { running } of kept.values()) running?.cancel('the test is over')
      await Promise.all(over)
    },
  }
}

function notRedrivable({ status, stoppedAt = 0 }: Kept): string | undefined {
  if (status === 'RUNNING') return 'Execution is RUNNING and cannot be redriven'
  if (status === 'SUCCEEDED') return 'Execution is SUCCEEDED and cannot be redriven'
  return Date.now() - stoppedAt > redrivableMs ? 'Execution redrivable period exceeded' : undefined
}

function described(one: Kept, whole: boolean): object {
  const { arn, machine, name, status, startedAt, stoppedAt, redrives, input, output, error, cause } = one
  const reason = notRedrivable(one)
  return {
    executionArn: arn,
    stateMachineArn: arn.replace(/:execution:.*/, `:stateMachine:${machine}`),
    name,
    status,
    startDate: seconds(startedAt),
    ...(stoppedAt === undefined ? {} : { stopDate: seconds(stoppedAt) }),
    redriveCount: redrives,
    ...(whole
      ? {
          input,
          output,
          error,
          cause,
          redriveStatus: reason === undefined ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
          redriveStatusReason: reason,
        }
      : {}),
  }
}

/** Its JSON has times in seconds. */
function wireEvent({ timestamp, ...event }: ExecutionEvent): object {
  return { ...event, id: Number(event.id), timestamp: seconds(Date.parse(timestamp)) }
}

/** Recordings may hold data that was parsed; AWS has it as JSON text. */
function asText(event: ExecutionEvent): ExecutionEvent {
  const texts = Object.entries(event).map(([key, details]) => {
    if (typeof details !== 'object' || details === null) return [key, details]
    const inner = Object.entries(details).map(([name, value]) => [
      name,
      /^(?:input|output|parameters)$/.test(name) && typeof value !== 'string' ? JSON.stringify(value) : value,
    ])
    return [key, Object.fromEntries(inner)]
  })
  return Object.fromEntries(texts) as ExecutionEvent
}

function seconds(milliseconds: number): number {
  return milliseconds / 1000
}

function same(one: string, other: string): boolean {
  return canonicalJson(JSON.parse(one)) === canonicalJson(JSON.parse(other))
}
