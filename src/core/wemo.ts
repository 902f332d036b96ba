import * as z from 'zod'
import { executionInput, type Flow, isFlow } from './flow.ts'
import type { Json } from './json.ts'
import { type Runs, runsSchema } from './runs.ts'
import { InvalidWemo } from './wemo/invalid.ts'

const brand = Symbol.for('re-ops.wemo')

/** A switch that an Echo finds in the network. It is declared beside the flows and exported from `flows/index.ts`. */
export interface Wemo {
  readonly [brand]: true
  /** What is said to it: "Alexa, turn on plex". */
  readonly name: string
  readonly on: WemoAction
  readonly off: WemoAction
  /** Whether what it stands for is on; what its flows did last where it is left out. */
  readonly state?: WemoState | undefined
  /** Where it is served; one that stays the same is chosen by its name where it is left out. */
  readonly port?: number | undefined
  /** Where its flows are started; where the configuration says when left out. */
  readonly runs?: Runs | undefined
}

/** A flow that a switch starts. */
export interface WemoAction {
  readonly flow: Flow
  readonly input: Json
}

/** How it is found out whether what a switch stands for is on. */
export type WemoState =
  | { readonly kind: 'function'; readonly read: () => unknown }
  | {
      readonly kind: 'flow'
      readonly flow: Flow
      readonly input: Json
      readonly value: (output: any) => unknown
    }

/** A flow, or one with its input. */
type Started<I> = Flow<I, unknown> | { readonly flow: Flow<I, unknown>; readonly input?: NoInfer<I> }

/** What a switch does. */
export interface WemoOptions<I, J, K, O> {
  readonly on: Started<I>
  readonly off: Started<J>
  /** A function, or a flow whose output says it; `value` says how where the output is not `true` or `false`. */
  readonly state?:
    | (() => boolean | Promise<boolean>)
    | Flow<K, boolean>
    | {
        readonly flow: Flow<K, O>
        readonly input?: NoInfer<K>
        readonly value?: (output: NoInfer<O>) => boolean
      }
  readonly port?: number
  /** Where its flows are started: by the daemon, or in AWS, where a skill may hear the same word; where the configuration says when left out. */
  readonly runs?: Runs
}

const name = z
  .string()
  .regex(
    /^[\p{L}\p{N}](?:[\p{L}\p{N} '-]{0,62}[\p{L}\p{N}])?$/u,
    'a name is up to 64 letters, digits and spaces',
  )
const port = z.int().min(1_024).max(65_535).optional()
const known = new Set(['on', 'off', 'state', 'port', 'runs'])

/**
 * Declares a switch for an Echo, which needs no skill and no account: the daemon answers as a WeMo in the same network.
 * `on` and `off` start flows. Throws `InvalidWemo`, which names the field, and `InvalidInput`.
 *
 * @example
 * export const plex = wemo('plex', { on: plexOn, off: plexOff })
 */
export function wemo<I, J, K, O>(called: string, options: WemoOptions<I, J, K, O>): Wemo {
  if (!name.safeParse(called).success)
    throw new InvalidWemo(String(called), 'name', 'up to 64 letters, digits and spaces, as they are spoken')
  const strange = Object.keys(options).find(key => !known.has(key))
  if (strange !== undefined) throw new InvalidWemo(called, strange, 'there is no such option')
  if (!port.safeParse(options.port).success)
    throw new InvalidWemo(called, 'port', 'it is a whole number from 1024 to 65535')
  if (!runsSchema.optional().safeParse(options.runs).success)
    throw new InvalidWemo(called, 'runs', "it is 'daemon' or 'cloud'")
  return Object.freeze({
    [brand]: true as const,
    name: called,
    on: actionOf(called, 'on', options.on),
    off: actionOf(called, 'off', options.off),
    state: stateOf(called, options.state),
    port: options.port,
    runs: options.runs,
  })
}

/** Whether a value is a switch. */
export function isWemo(value: unknown): value is Wemo {
  return typeof value === 'object' && value !== null && brand in value
}

function actionOf(called: string, field: string, said: unknown): WemoAction {
  if (isFlow(said)) return { flow: said, input: inputOf(called, field, said, {}) }
  const { flow, input } = (said ?? {}) as { readonly flow?: unknown; readonly input?: unknown }
  if (!isFlow(flow)) throw new InvalidWemo(called, field, 'it starts a flow: a flow, or { flow, input }')
  return { flow, input: inputOf(called, field, flow, input ?? {}) }
}

function stateOf(called: string, said: unknown): WemoState | undefined {
  if (said === undefined) return undefined
  if (typeof said === 'function') return { kind: 'function', read: said as () => unknown }
  const { flow, input } = actionOf(called, 'state', said)
  const { value = (output: unknown) => output } = said as { readonly value?: (output: any) => unknown }
  if (typeof value !== 'function')
    throw new InvalidWemo(called, 'state.value', 'it is a function of the output')
  return { kind: 'flow', flow, input, value }
}

function inputOf(called: string, field: string, flow: Flow, input: unknown): Json {
  return executionInput(
    `wemo ${called}: ${field}`,
    flow,
    input,
    problem => new InvalidWemo(called, field, problem),
  )
}
