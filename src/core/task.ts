import * as z from 'zod'
import type { AgentsPort } from './agents.ts'
import type { BundlesPort } from './bundles.ts'
import type { Context, HostsPort, OutputPort, Progress } from './context.ts'
import {
  explainIssues,
  FlowChanged,
  NotJsonValue,
  ReopsError,
  UnexpectedData,
  UnknownTask,
} from './errors.ts'
import type { FilesPort } from './files.ts'
import { hostSchema } from './hosts.ts'
import { findNotJson, type Json } from './json.ts'
import type { MailPort } from './mail.ts'
import { parseArguments } from './operation/operation.ts'
import type { PipelinesPort } from './pipelines.ts'
import type { Clock } from './ports.ts'
import type { PricesPort } from './prices.ts'
import { type SpillStore, spill, unspill } from './spill.ts'
import type { About, TaskStep } from './step.ts'
import type { SystemsPort } from './systems/port.ts'
import type { TypesPort } from './systems/types-port.ts'

/** What comes here was JSON already, on a wire or in a state; only its absence is a mistake. */
const json = z.custom<Json>(value => value !== undefined)

/** What a state sends to whoever executes its task: a local call, a Lambda event or a job of the bridge. */
export const taskRequestSchema = z.strictObject({
  operation: z.string().min(1).max(60),
  args: json,
  flow: z.string().min(1).max(80),
  step: z.string().min(1).max(80),
  version: z.string().max(64),
  execution: z.object({ id: z.string(), name: z.string(), startedAt: z.string() }),
  /** The execution's input, for closures. */
  input: json.optional(),
  data: json,
  spill: z.enum(['whole', 'items', 'fields']).optional(),
  /** Milliseconds since the epoch at which an enclosing `timeout` ends. */
  deadline: z.number().optional(),
  /** The task token by which Step Functions wants the answer. */
  token: z.string().optional(),
  /** What whoever started the execution says of hosts this time; it wins over the configuration of whoever executes. */
  overrides: z
    .strictObject({
      concurrency: z.int().min(1).max(1_000).optional(),
      /** Milliseconds. */
      timeout: z.number().positive().optional(),
      /** How every host is reached, whatever it says itself. */
      reach: hostSchema.omit({ name: true }).partial().optional(),
    })
    .optional(),
})

export type TaskRequest = z.output<typeof taskRequestSchema>

/** What a command line says of hosts, for one execution. */
export type HostOverrides = NonNullable<TaskRequest['overrides']>

/**
 * What makes a task the one that it is. Whoever goes on with an execution may say something else of hosts than whoever
 * started it, and it is the same task.
 */
export function identityOf({ overrides: _said, ...request }: TaskRequest): Json {
  return request as Json
}

/** What answering tasks needs of the world. */
export interface Desk {
  /** Finds the operation, and the closure where there is one; throws `UnknownTask` or `FlowChanged`. */
  find(request: TaskRequest): Pick<TaskStep, 'definition' | 'closure'>
  readonly store: SpillStore
  readonly clock: Clock
  readonly hosts: HostsPort
  readonly out: OutputPort
  readonly systems?: SystemsPort | undefined
  readonly pipelines?: PipelinesPort | undefined
  readonly types?: TypesPort | undefined
  readonly bundles?: BundlesPort | undefined
  readonly agents?: AgentsPort | undefined
  readonly files?: FilesPort | undefined
  readonly prices?: PricesPort | undefined
  readonly mail?: MailPort | undefined
  progress(event: Progress): void
}

/**
 * Answers one task: fetches data that had been too large, parses the arguments by the operation's schema, calls
 * its handler or the author's function, and refuses an answer that JSON can't carry. This is the same code in a
 * local run, in a Lambda and on the bridge.
 */
export async function answerTask(event: unknown, desk: Desk, signal: AbortSignal): Promise<Json> {
  const request = parseRequest(event)
  const { definition, closure } = desk.find(request)
  const data = await unspill(request.data, desk.store)
  const answer = closure
    ? await closure(data, await about(request, desk.store), request.step)
    : await definition.handle(
        data,
        parseArguments(definition, request.args),
        contextOf(request, desk, signal),
      )
  return spill(checked(request.step, answer), request.spill ?? 'whole', desk.store)
}

/** Parses a task's event; throws `UnexpectedData`, which says which field is wrong. */
export function parseRequest(event: unknown): TaskRequest {
  const parsed = taskRequestSchema.safeParse(event)
  if (parsed.success) return parsed.data
  throw new UnexpectedData(`this is no task: ${explainIssues(parsed.error.issues)}`)
}

/** What a flow is compiled to, as far as finding its tasks goes. */
export interface Findable {
  readonly version: string
  readonly tasks: ReadonlyMap<string, TaskStep>
}

/**
 * Finds tasks by the states of one compiled flow. Throws `FlowChanged` when the task comes from another version of
 * it, and `UnknownTask` when this one has no such step.
 */
export function findIn({ version, tasks }: Findable): Desk['find'] {
  return request => {
    if (request.version !== version) {
      throw new FlowChanged(
        `flow ${request.flow} was changed while this execution of it was under way: it began as version ${request.version} and here is ${version}, whose functions may do something else; start it again, or bring back the flow that it began with`,
        { detail: { flow: request.flow, step: request.step, began: request.version, here: version } },
      )
    }
    const task = tasks.get(request.step)
    if (task?.definition.name === request.operation) return task
    throw new UnknownTask(
      `flow ${request.flow} has no step ${JSON.stringify(request.step)} that calls ${request.operation}; this machine is not compiled from it; compile and deploy it again`,
    )
  }
}

async function about({ execution, flow, input }: TaskRequest, store: SpillStore): Promise<About> {
  return { input: await unspill(input ?? null, store), execution: { ...execution, flow } }
}

function contextOf(request: TaskRequest, desk: Desk, signal: AbortSignal): Context {
  return {
    execution: { ...request.execution, flow: request.flow },
    step: request.step,
    deadline: request.deadline,
    signal,
    clock: desk.clock,
    hosts: request.overrides === undefined ? desk.hosts : overridden(desk.hosts, request.overrides),
    out: desk.out,
    ...(desk.systems ? { systems: desk.systems } : {}),
    ...(desk.pipelines ? { pipelines: desk.pipelines } : {}),
    ...(desk.types ? { types: desk.types } : {}),
    ...(desk.bundles ? { bundles: desk.bundles } : {}),
    ...(desk.agents ? { agents: desk.agents } : {}),
    ...(desk.files ? { files: desk.files } : {}),
    ...(desk.prices ? { prices: desk.prices } : {}),
    ...(desk.mail ? { mail: desk.mail } : {}),
    progress: event => desk.progress(event),
  }
}

function overridden(hosts: HostsPort, { concurrency, timeout, reach }: HostOverrides): HostsPort {
  return {
    concurrency: concurrency ?? hosts.concurrency,
    timeout: timeout ?? hosts.timeout,
    open: (via, host, options) => hosts.open(via, { ...host, ...reach }, options),
  }
}

/** An answer that survives JSON. Nothing at all is `null`, as an operation that only acts answers. */
function checked(step: string, answer: unknown): Json {
  if (answer === undefined) return null
  const problem = findNotJson(answer)
  if (!problem) return JSON.parse(JSON.stringify(answer)) as Json
  const hint = problem.found === 'a Date' ? '; answer its toISOString()' : '; answer plain data'
  throw new NotJsonValue(
    `${step} answered ${problem.found} at ${problem.path}, which can't travel to the next step${hint}`,
    {
      detail: { step, ...problem },
    },
  )
}

/** An error as Lambda reports it: its name, and what it says with where it came from. */
export function describeError(error: unknown): { readonly error: string; readonly cause: string } {
  if (!(error instanceof Error))
    return { error: 'Error', cause: JSON.stringify({ errorMessage: String(error), errorType: 'Error' }) }
  const detail =
    error instanceof ReopsError && Object.keys(error.detail).length > 0 ? { detail: error.detail } : {}
  return {
    error: error.name,
    cause: JSON.stringify({ errorMessage: error.message, errorType: error.name, ...detail }),
  }
}
