import type * as z from 'zod'
import type { Permission } from '../aws.ts'
import type { Context } from '../context.ts'
import { explainIssues, InvalidArguments } from '../errors.ts'
import type { Json } from '../json.ts'
import { hasRefs, type OrRef } from '../ref.ts'
import type { Definition, Effect, InCloud, Site, Spill, Step, TaskStep } from '../step.ts'
import { withDefinition } from './definition-of.ts'

const brand = Symbol.for('re-ops.operation')

/**
 * An inert, typed value that says what to do with an `I` to get an `O`. Nothing happens until it is run.
 * `void` input means that it starts a pipeline.
 */
export interface Operation<in I, out O> {
  readonly [brand]: true
  readonly step: Step
  /** Carries the types; never there at run time. */
  readonly types?: ((input: I) => O) | undefined
}

/** Makes the value around a syntax tree. Combinators use it; authors use `operation` and `pipe`. */
export function fromStep<I, O>(step: Step): Operation<I, O> {
  return Object.freeze({ [brand]: true as const, step })
}

/** Whether a value is a pipeline that can be run. */
export function isOperation(value: unknown): value is Operation<any, unknown> {
  return typeof value === 'object' && value !== null && brand in value
}

/** What `operation()` takes. */
export interface OperationOptions<S extends z.ZodType, I, O> {
  /** How plans, histories and the bridge's allow-list call it: letters, digits, dots and dashes. */
  readonly name: string
  readonly site: Site
  readonly schema: S
  readonly effect: Effect
  readonly handle: (data: I, args: z.output<S>, context: Context) => O | Promise<O>
  /** One line for plans and state names; the name alone when it is left out. */
  readonly describe?: (args: z.output<S>) => string
  /** It publishes its data and answers it unchanged, as `pretty` does. */
  readonly passes?: boolean
  /** Seconds until the engine ends the state: a minute for closures, 15 in the cloud, a day on premises. */
  readonly timeoutSeconds?: number
  /** Seconds without a sign of life until the engine gives up; a minute on premises, otherwise none. */
  readonly heartbeatSeconds?: number
  /** For `site: 'cloud'`: the capability whose function executes it, such as `ec2`. */
  readonly capability?: string
  /** For `site: 'cloud'`: what it may do in AWS, and nothing else. */
  readonly permissions?: readonly Permission[]
  /** For `site: 'onprem'`: how it executes in the cloud, for hosts that are there. */
  readonly inCloud?: CloudOptions
}

/** How an operation executes in the cloud; a call takes at most 15 minutes there. */
export type CloudOptions = Omit<InCloud, 'functionName'>

/** Arguments as an author writes them: each field a value, or a reference into the flow's input. */
export type ArgumentsOf<S extends z.ZodType> = { [K in keyof z.input<S>]: OrRef<z.input<S>[K]> }

/**
 * Makes a leaf of the language from a handler. The arguments are plain data that fit `schema`; they are checked
 * when the pipeline is written and again wherever the step executes.
 *
 * @example
 * const shout = operation({
 *   name: 'shout',
 *   site: 'code',
 *   effect: 'read',
 *   schema: z.strictObject({ suffix: z.string().default('!') }),
 *   handle: (text: string, { suffix }) => text.toUpperCase() + suffix,
 * })
 * await run(shout({ suffix: '?' }), 'hello') // 'HELLO?'
 */
export function operation<S extends z.ZodType, I, O>(
  options: OperationOptions<S, I, O>,
): (args: ArgumentsOf<S>) => Operation<I, O> {
  const definition = define(options)
  return withDefinition((args: ArgumentsOf<S>) => fromStep<I, O>(task(definition, args)), definition)
}

/** Fills in the defaults of a definition and checks its name. */
export function define<S extends z.ZodType>(
  options: OperationOptions<S, any, unknown>,
  onHosts = false,
): Definition {
  if (!/^[a-zA-Z][\w.-]{0,59}$/.test(options.name)) {
    throw new InvalidArguments(
      `an operation's name starts with a letter and holds up to 60 letters, digits, dots, dashes and underscores; ${JSON.stringify(options.name)} does not`,
    )
  }
  checkSeconds(options.name, 'timeoutSeconds', options.timeoutSeconds)
  checkSeconds(options.name, 'heartbeatSeconds', options.heartbeatSeconds)
  return {
    name: options.name,
    site: options.site,
    effect: options.effect,
    schema: options.schema,
    handle: options.handle,
    onHosts,
    passes: options.passes ?? false,
    timeoutSeconds: options.timeoutSeconds ?? timeouts[options.site],
    heartbeatSeconds: options.heartbeatSeconds ?? (options.site === 'onprem' ? 60 : undefined),
    functionName: functionName(options),
    ...(options.permissions ? { permissions: options.permissions } : {}),
    ...(options.inCloud ? { inCloud: inCloud(options.name, options.inCloud) } : {}),
    describe: options.describe ?? (() => options.name),
  }
}

/** What Step Functions takes for a state's bounds. */
function checkSeconds(name: string, field: string, seconds: number | undefined): void {
  if (seconds === undefined || (Number.isInteger(seconds) && seconds >= 1 && seconds <= 99_999_999)) return
  throw new InvalidArguments(
    `operation ${name}: ${field} is ${seconds}; it takes whole seconds from 1 to 99999999`,
  )
}

/** Lambda ends after 15 minutes, a closure is expected to be quick, and a fleet's upgrade may take a day. */
const timeouts: Readonly<Record<Site, number>> = { code: 60, cloud: 900, onprem: 86_400 }

function functionName({ name, site, capability }: { name: string; site: Site; capability?: string }): string {
  if (site !== 'cloud') return site === 'code' ? 'CodeFunction' : 'BridgeFunction'
  if (capability === undefined || !/^[a-z][a-z0-9]*$/.test(capability)) {
    throw new InvalidArguments(
      `operation ${name}: site 'cloud' needs a capability, a lower-case word such as 'ec2', which names its function`,
    )
  }
  return `${capability[0]!.toUpperCase()}${capability.slice(1)}Function`
}

function inCloud(name: string, options: CloudOptions): InCloud {
  return { ...options, functionName: functionName({ name, site: 'cloud', capability: options.capability }) }
}

/** Makes a step of a definition. Arguments that hold references are checked when they are filled in. */
export function task(
  definition: Definition,
  args: unknown,
  extra: { readonly label?: string; readonly spill?: Spill } = {},
): TaskStep {
  const checked = hasRefs(args) ? args : parseArguments(definition, args)
  return {
    kind: 'task',
    definition,
    args: checked as Json,
    label: extra.label ?? labelOf(definition, checked),
    spill: extra.spill,
  }
}

/** Parses arguments by the operation's schema; throws `InvalidArguments`, which names the operation and the field. */
export function parseArguments(definition: Definition, args: unknown): unknown {
  const parsed = definition.schema.safeParse(args)
  if (parsed.success) return parsed.data
  throw new InvalidArguments(`${definition.name}: ${explainIssues(parsed.error.issues)}`, {
    detail: { operation: definition.name },
  })
}

function labelOf(definition: Definition, args: unknown): string {
  if (hasRefs(args)) return definition.name
  return definition.describe(args).replace(/\s+/g, ' ').trim() || definition.name
}
