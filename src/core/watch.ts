import * as z from 'zod'
import { type Duration, toSeconds } from './duration.ts'
import { executionInput, type Flow, isFlow } from './flow.ts'
import type { Json } from './json.ts'
import { type Runs, runsSchema } from './runs.ts'
import { isSensor, type Sensor } from './sensor.ts'
import { isWild } from './sensors/topic.ts'
import { InvalidWatch } from './watches/invalid.ts'
import type { Rules } from './watches/rules.ts'

const brand = Symbol.for('re-ops.watch')

/** What is looked at and when something is done about it. It is declared beside the flows and exported from `flows/index.ts`. */
export interface Watch {
  readonly [brand]: true
  /** By which it is kept and listed; its executions are called after it. */
  readonly name: string
  readonly source: WatchSource
  readonly rules: Rules
  readonly flow: WatchAction
  readonly onClear?: WatchAction | undefined
  /** Who keeps it; whom the configuration says when left out. */
  readonly runs?: Runs | undefined
}

/** What a watch looks at. */
export type WatchSource =
  | { readonly kind: 'sensor'; readonly sensor: Sensor }
  | { readonly kind: 'sensors'; readonly sensors: Readonly<Record<string, Sensor>> }
  | Polled

/** The sensors that are looked at; none where a flow is asked. */
export function sensorsOf(source: WatchSource): readonly Sensor[] {
  if (source.kind === 'poll') return []
  return source.kind === 'sensor' ? [source.sensor] : Object.values(source.sensors)
}

/** A flow that is run to know something. */
export interface Polled {
  readonly kind: 'poll'
  readonly flow: Flow
  readonly input: Json
  readonly everyMs: number
  readonly maxAgeMs: number
  /** What its output says; undefined where it says nothing. */
  readonly value: (output: any) => unknown
}

/** A flow to start, with its input or what makes one of the value that was read. */
export interface WatchAction {
  readonly flow: Flow
  readonly input: Json | ((value: any) => unknown)
}

/** When something is done, and what holds it back. `V` is what is read. */
export interface Guard<V> {
  /** Whether there is something to do. */
  readonly when: (value: V) => boolean
  /** `level` (the usual) acts again after each cool-down while `when` holds, `edge` once each time that it begins to. */
  readonly on?: 'level' | 'edge'
  /** How long `when` has to hold, in every reading; at once when left out. */
  readonly for?: Duration
  /** When it is over; as soon as `when` does not hold when left out. A limit below `when`'s keeps what hovers from flapping. */
  readonly clears?: (value: V) => boolean
  /** How long nothing is done after something was; 10 minutes. */
  readonly cooldown?: Duration
  /** How often something is done at most; 24 times a day. */
  readonly budget?: { readonly actions: number; readonly per: Duration }
  /** Who keeps it: `daemon` or `cloud`; whom the configuration says when left out. */
  readonly runs?: Runs
}

/** What is done: `flow`, and `onClear` once it has cleared after that. */
export interface Acts<V, I, J> {
  readonly flow: Flow<I, unknown>
  /** The flow's input, or what makes it of the value; may be left out where the flow's schema fills it in. */
  readonly input?: NoInfer<I> | ((value: V) => NoInfer<I>)
  readonly onClear?:
    | Flow<J, unknown>
    | {
        readonly flow: Flow<J, unknown>
        readonly input?: NoInfer<J> | ((value: V) => NoInfer<J>)
      }
}

/** A watch on one sensor. */
export interface SensorWatch<V, I, J> extends Guard<V>, Acts<V, I, J> {
  readonly sensor: Sensor<V>
}

type Values<S extends Readonly<Record<string, Sensor>>> = {
  readonly [K in keyof S]: S[K] extends Sensor<infer V> ? V : never
}

/** A watch on several sensors, whose values it sees by their names here; unknown while one of them is. */
export interface SensorsWatch<S extends Readonly<Record<string, Sensor>>, I, J>
  extends Guard<Values<S>>,
    Acts<Values<S>, I, J> {
  readonly sensors: S
}

/** A watch on what a flow finds out. */
export interface PollWatch<P, O, V, I, J> extends Guard<V>, Acts<V, I, J> {
  readonly poll: {
    readonly flow: Flow<P, O>
    readonly input?: NoInfer<P>
    readonly every: Duration
    /** How old what it found may be; twice `every`. */
    readonly maxAge?: Duration
    /** What its output says; undefined is unknown. The output itself when left out. */
    readonly value?: (output: O) => V | undefined
  }
}

/** A cool-down keeps a forgotten guard from acting at every reading, a budget from doing so for days. */
const usual = { cooldown: '10m', budget: { actions: 24, per: '1d' } } as const

const predicate = z.custom<(value: unknown) => boolean>(
  value => typeof value === 'function',
  'it is a function that answers true or false',
)
const optionsSchema = z.strictObject({
  sensor: z.custom<Sensor>(isSensor, 'it is made by sensor(…)').optional(),
  sensors: z.record(z.string().min(1), z.custom<Sensor>(isSensor, 'it is made by sensor(…)')).optional(),
  poll: z
    .strictObject({
      flow: z.custom<Flow>(isFlow, 'it is a flow; make one of the pipeline by flow({ … })'),
      input: z.unknown().optional(),
      every: z.unknown(),
      maxAge: z.unknown().optional(),
      value: z.custom<(output: unknown) => unknown>(value => typeof value === 'function').optional(),
    })
    .optional(),
  when: predicate,
  on: z.enum(['level', 'edge']).default('level'),
  for: z.unknown().optional(),
  clears: predicate.optional(),
  cooldown: z.unknown().optional(),
  budget: z.strictObject({ actions: z.int().min(1).max(10_000), per: z.unknown() }).default(usual.budget),
  flow: z.custom<Flow>(isFlow, 'it starts a flow; make one of the pipeline by flow({ … })'),
  input: z.unknown().optional(),
  onClear: z.unknown().optional(),
  runs: runsSchema.optional(),
})

/** Its executions are `<name>-<begun>-<number>`, in 80 characters that AWS takes. */
const namePattern = /^[A-Za-z][A-Za-z0-9_-]{0,49}$/

/**
 * Declares what is looked at and what is done about it. Nothing is done on an unknown reading, within the cool-down, or
 * beyond the budget. What is wrong with it is said here: `InvalidWatch` names the field.
 *
 * @example
 * export const tooHot = watch('too-hot', {
 *   sensor: heat, when: value => value > 70, for: '5m', clears: value => value < 60,
 *   cooldown: '30m', budget: { actions: 3, per: '1d' }, flow: stopCloset, onClear: startCloset,
 * })
 */
export function watch<V, I, J>(name: string, options: SensorWatch<V, I, J>): Watch
export function watch<S extends Readonly<Record<string, Sensor>>, I, J>(
  name: string,
  options: SensorsWatch<S, I, J>,
): Watch
export function watch<P, O, I, J, V = O>(name: string, options: PollWatch<P, O, V, I, J>): Watch
export function watch(name: string, options: object): Watch {
  if (typeof name !== 'string' || !namePattern.test(name))
    throw new InvalidWatch(String(name), 'name', 'up to 50 letters, digits, - and _, a letter first')
  const parsed = optionsSchema.safeParse(options)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new InvalidWatch(name, issue!.path.map(String).join('.') || 'options', issue!.message)
  }
  const said = parsed.data
  const onClear = said.onClear === undefined ? undefined : reverseOf(name, said.onClear)
  return Object.freeze({
    [brand]: true as const,
    name,
    source: sourceOf(name, said),
    rules: {
      when: said.when,
      clears: said.clears,
      on: said.on,
      forMs: said.for === undefined ? 0 : ms(name, 'for', said.for),
      cooldownMs: ms(name, 'cooldown', said.cooldown ?? usual.cooldown),
      budget: { actions: said.budget.actions, perMs: ms(name, 'budget.per', said.budget.per) },
      reverses: onClear !== undefined,
    },
    flow: { flow: said.flow, input: inputOf(name, 'input', said.flow, said.input) },
    onClear,
    runs: said.runs,
  })
}

/** Whether a value is a watch. */
export function isWatch(value: unknown): value is Watch {
  return typeof value === 'object' && value !== null && brand in value
}

type Said = z.output<typeof optionsSchema>

function sourceOf(name: string, { sensor, sensors, poll }: Said): WatchSource {
  const given = [sensor, sensors, poll].filter(one => one !== undefined)
  if (given.length !== 1)
    throw new InvalidWatch(name, 'sensor', 'it looks at one thing: say sensor, sensors or poll')
  if (sensor !== undefined) return { kind: 'sensor', sensor: oneValue(name, 'sensor', sensor) }
  if (sensors !== undefined) {
    for (const [key, one] of Object.entries(sensors)) oneValue(name, `sensors.${key}`, one)
    if (Object.keys(sensors).length === 0) throw new InvalidWatch(name, 'sensors', 'there is none')
    return { kind: 'sensors', sensors }
  }
  const { flow, input, every, maxAge, value } = poll!
  const everyMs = ms(name, 'poll.every', every)
  const parsed = inputOf(name, 'poll.input', flow, input)
  return {
    kind: 'poll',
    flow,
    input: parsed as Json,
    everyMs,
    maxAgeMs: maxAge === undefined ? 2 * everyMs : ms(name, 'poll.maxAge', maxAge),
    value: value ?? (output => output),
  }
}

function oneValue(name: string, field: string, sensor: Sensor): Sensor {
  if (!isWild(sensor.topic) || sensor.options.combine !== undefined) return sensor
  throw new InvalidWatch(
    name,
    field,
    `${sensor.topic} stands for several topics; say which value they are together, such as combine: 'max' in the sensor`,
  )
}

function reverseOf(name: string, onClear: unknown): WatchAction {
  if (isFlow(onClear)) return { flow: onClear, input: inputOf(name, 'onClear', onClear, undefined) }
  const { flow, input, ...rest } = (onClear ?? {}) as { readonly flow?: unknown; readonly input?: unknown }
  if (!isFlow(flow) || Object.keys(rest).length > 0)
    throw new InvalidWatch(name, 'onClear', 'it is a flow, or { flow, input }')
  return { flow, input: inputOf(name, 'onClear.input', flow, input) }
}

function inputOf(name: string, field: string, flow: Flow, input: unknown): WatchAction['input'] {
  if (typeof input === 'function' && field !== 'poll.input') return input as (value: unknown) => unknown
  return actionInput(name, field, flow, input ?? {})
}

/** An input as the flow's schema parses it. Throws `InvalidWatch` for one that can't travel to an execution, and `InvalidInput`. */
export function actionInput(name: string, field: string, flow: Flow, input: unknown): Json {
  return executionInput(
    `watch ${name}: ${field}`,
    flow,
    input,
    problem => new InvalidWatch(name, field, problem),
  )
}

function ms(name: string, field: string, duration: unknown): number {
  try {
    return toSeconds(duration as Duration, field) * 1_000
  } catch (cause) {
    throw new InvalidWatch(name, field, (cause as Error).message)
  }
}
