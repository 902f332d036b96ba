import * as z from 'zod'
import { type Duration, toSeconds } from './duration.ts'
import { InvalidSensor } from './sensors/invalid.ts'
import { pathPattern } from './sensors/path.ts'
import { isPayload, type Payload, type TimeField } from './sensors/payload.ts'
import { topicProblem } from './sensors/topic.ts'

const brand = Symbol.for('re-ops.sensor')

/** How the topics of a sensor with wildcards are one value: its greatest, smallest, mean or newest, or what a function makes of all that are known. */
export type Combine<T = any> = 'max' | 'min' | 'mean' | 'latest' | ((values: readonly T[]) => unknown)

/** Something that is measured and told by MQTT. It is declared beside the flows and exported from `flows/index.ts`. */
export interface Sensor<out T = unknown> {
  readonly [brand]: true
  /** By which it is kept, listed and replayed. */
  readonly name: string
  /** A topic, or a filter with `+` and `#`. */
  readonly topic: string
  readonly schema: z.ZodType<T>
  readonly options: {
    readonly maxAgeSeconds: number
    readonly unit?: string | undefined
    readonly pick?: string | undefined
    readonly time?: TimeField | undefined
    readonly retained: 'unknown' | 'trusted'
    readonly keepSeconds: number
    readonly combine?: Combine | undefined
  }
}

/** How a sensor is read. */
export interface SensorOptions<T = any> {
  /** Its name: the topic when left out, and what is picked. */
  readonly name?: string
  /** How old a reading may be and still be believed; 10 minutes. */
  readonly maxAge?: Duration
  /** For tables and plots, such as `°C`. */
  readonly unit?: string
  /** The part of a JSON message that is read, such as `temperature` or `AM2301.Temperature`; all of it when left out. */
  readonly pick?: string
  /** Where the message says when it was measured. Without, a reading is as old as its message. */
  readonly time?: string | TimeField
  /** What a retained message without a time is: unknown, for it may be years old, or trusted to be new. */
  readonly retained?: 'unknown' | 'trusted'
  /** Of what came within this time the last is kept in the state folder; 10 seconds. What is decided does not depend on it. */
  readonly keep?: Duration
  /** Of a sensor with wildcards: how what its topics say is one value. Those that are unknown are left out. */
  readonly combine?: Combine<T>
}

const optionsSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[^\s\p{C}][^\p{C}]{0,199}$/u, 'a name has up to 200 characters that can be printed')
    .optional(),
  maxAge: z.unknown().optional(),
  // A sensor of a closet speaks every few seconds or minutes; one that is silent for longer is taken for dead.
  unit: z.string().min(1).max(20).optional(),
  pick: z.string().regex(pathPattern, 'a part is written like AM2301.Temperature').optional(),
  time: z
    .union([
      z
        .string()
        .regex(pathPattern, 'a part is written like last_seen')
        .transform((path): TimeField => ({ path })),
      z.strictObject({ path: z.string().regex(pathPattern), zone: z.enum(['local', 'utc']).optional() }),
    ])
    .optional(),
  // A broker hands out what it kept for years like what was said a moment ago.
  retained: z.enum(['unknown', 'trusted']).default('unknown'),
  keep: z.unknown().optional(),
  combine: z
    .union([
      z.enum(['max', 'min', 'mean', 'latest']),
      z.custom<(values: readonly unknown[]) => unknown>(
        value => typeof value === 'function',
        'it is max, min, mean, latest or a function of all values',
      ),
    ])
    .optional(),
})

const usual = { maxAge: '10m', keep: '10s' } as const

/**
 * Declares what is measured: where it is told, what its messages are like, and how old they may be. A message that does not
 * fit, is too old or never came is an unknown reading, on which nobody acts. Without a schema it is a number.
 * Throws `InvalidSensor`, which names the field.
 *
 * @example
 * export const heat = sensor('closet/temperature', z.number().min(-40).max(120), { maxAge: '5m', unit: '°C' })
 * export const solar = sensor('tele/inverter/SENSOR', tasmota('ENERGY.Power'), { unit: 'W' })
 * export const rooms = sensor('closet/+/temperature', { combine: 'max' })
 */
export function sensor(topic: string, options?: SensorOptions<number>): Sensor<number>
export function sensor<T>(
  topic: string,
  schema: z.ZodType<T> | Payload<T>,
  options?: SensorOptions<T>,
): Sensor<T>
export function sensor(
  topic: string,
  first: z.ZodType | Payload<unknown> | SensorOptions = {},
  second: SensorOptions = {},
): Sensor {
  const payload = isPayload(first) ? first : undefined
  const schema = payload?.schema ?? (isSchema(first) ? first : undefined)
  const said = schema === undefined ? (first as SensorOptions) : second
  const problem = typeof topic === 'string' ? topicProblem(topic) : 'it is a text'
  if (problem !== undefined) throw new InvalidSensor(String(topic), 'topic', problem)
  const parsed = optionsSchema.safeParse(said)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new InvalidSensor(topic, issue!.path.map(String).join('.') || 'options', issue!.message)
  }
  const { name, maxAge, keep, ...options } = parsed.data
  return Object.freeze({
    [brand]: true as const,
    name: name ?? (options.pick === undefined ? topic : `${topic}#${options.pick}`),
    topic,
    schema: schema ?? z.number(),
    options: Object.freeze({
      ...options,
      unit: options.unit ?? payload?.unit,
      time: options.time ?? payload?.time,
      maxAgeSeconds: seconds(topic, 'maxAge', maxAge ?? usual.maxAge),
      keepSeconds: seconds(topic, 'keep', keep ?? usual.keep),
    }),
  })
}

/** Whether a value is a sensor. */
export function isSensor(value: unknown): value is Sensor {
  return typeof value === 'object' && value !== null && brand in value
}

function isSchema(value: object): value is z.ZodType {
  return 'safeParse' in value
}

function seconds(topic: string, field: string, duration: unknown): number {
  try {
    return toSeconds(duration as Duration, field)
  } catch (cause) {
    throw new InvalidSensor(topic, field, (cause as Error).message)
  }
}
