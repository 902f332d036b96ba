import * as z from 'zod'
import { isRecord } from '../json.ts'
import { ownValue } from '../own-value.ts'
import { pathPattern } from './path.ts'
import { topicProblem } from './topic.ts'

/** Where Home Assistant's devices say what they are: retained messages at these. */
export const discoveryTopics: readonly string[] = [
  'homeassistant/+/+/config',
  'homeassistant/+/+/+/config',
  'homeassistant/device/+/config',
]

/** A sensor as a device announces it. */
export interface Discovered {
  readonly name: string
  readonly topic: string
  /** The part of the message that is its value; all of it when left out. */
  readonly pick?: string | undefined
  readonly unit?: string | undefined
  /** Seconds. */
  readonly maxAge?: number | undefined
  /** It says on or off, as a binary sensor does. */
  readonly onOff: boolean
  /** Why it can't be read by a path: its template does more than to pick. */
  readonly template?: string | undefined
}

/** Their abbreviations, of those fields that we read. */
const short: Readonly<Record<string, string>> = {
  stat_t: 'state_topic',
  val_tpl: 'value_template',
  unit_of_meas: 'unit_of_measurement',
  exp_aft: 'expire_after',
  dev: 'device',
  cmps: 'components',
  p: 'platform',
}

const config = z.object({
  '~': z.string().max(1_000).optional(),
  name: z.string().max(200).nullish(),
  state_topic: z.string().max(1_000),
  value_template: z.string().max(2_000).optional(),
  unit_of_measurement: z.string().max(20).nullish(),
  expire_after: z.int().min(0).max(99_999_999).nullish(),
  device: z
    .object({ name: z.string().max(200).optional() })
    .nullish()
    .catch(undefined),
})

const readable = ['sensor', 'binary_sensor']

/**
 * Reads an announcement of Home Assistant's MQTT discovery, with its abbreviations, for one sensor or for a device with
 * several. What announces something else, or can't be read, is none.
 *
 * @example
 * discoveredIn('homeassistant/sensor/closet/temperature/config', { name: 'Temperature', stat_t: 'closet/state', val_tpl: '{{ value_json.t }}' })
 * // [{ name: 'Temperature', topic: 'closet/state', pick: 't', onOff: false }]
 */
export function discoveredIn(topic: string, message: unknown): Discovered[] {
  if (!isRecord(message)) return []
  const said = spelt(message)
  const kind = topic.split('/')[1] ?? ''
  if (kind !== 'device') return readable.includes(kind) ? sensorIn(kind, said) : []
  if (!isRecord(said.components)) return []
  // What a device says of itself is meant for all its parts.
  return Object.values(said.components).flatMap(part => {
    const own = isRecord(part) ? { ...said, name: undefined, ...spelt(part) } : {}
    const platform = 'platform' in own ? String(own.platform) : ''
    return readable.includes(platform) ? sensorIn(platform, own) : []
  })
}

function spelt(message: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(message).map(([key, value]) => [ownValue(short, key) ?? key, value]),
  )
}

function sensorIn(kind: string, said: Readonly<Record<string, unknown>>): Discovered[] {
  const parsed = config.safeParse(said)
  if (!parsed.success) return []
  const {
    '~': base,
    name,
    state_topic,
    value_template,
    unit_of_measurement,
    expire_after,
    device,
  } = parsed.data
  const topic = base === undefined ? state_topic : state_topic.replace(/^~|~$/, base)
  if (topicProblem(topic) !== undefined) return []
  const picked = value_template === undefined ? {} : readTemplate(value_template)
  return [
    {
      name: [device?.name, name].filter(part => part).join(' ') || topic,
      topic,
      ...picked,
      ...(unit_of_measurement ? { unit: unit_of_measurement } : {}),
      ...(expire_after ? { maxAge: expire_after } : {}),
      onOff: kind === 'binary_sensor',
    },
  ]
}

/** A template that picks a part and at most rounds it is a path; any other is a program, which we don't run. */
function readTemplate(template: string): Pick<Discovered, 'pick' | 'template'> {
  const [, parts] =
    /^\{\{-?\s*value(_json(?:\.\w+|\[(?:'[^'\]]*'|"[^"\]]*"|\d+)\])*)?\s*(?:\|\s*(?:float|int|round)(?:\(\s*\d*\s*\))?\s*)*-?\}\}$/.exec(
      template.trim(),
    ) ?? []
  if (parts === undefined) return /^\{\{-?\s*value\s*-?\}\}$/.test(template.trim()) ? {} : { template }
  const path = [...parts.matchAll(/\.(\w+)|\[(?:'([^']*)'|"([^"]*)"|(\d+))\]/g)]
    .map(match => match.slice(1).find(part => part !== undefined))
    .join('.')
  if (path === '') return {}
  return pathPattern.test(path) ? { pick: path } : { template }
}
