import type { Json } from '../../core/json.ts'
import type { Reading, Unknown } from '../../core/readings.ts'
import type { Sensor } from '../../core/sensor.ts'
import { sensorsOf, type Watch } from '../../core/watch.ts'
import { combine } from './combine.ts'
import { lengthText } from './length.ts'

/** So many topics of one sensor are known at once; a filter that matches everything must not fill the memory. */
const mostTopics = 1_000

/** The last reading of everything that is measured, by the keeper's clock. */
export interface Board {
  /** Answers whether there was room for the topic. */
  put(source: string, topic: string, reading: Reading): boolean
  /** What is known of a sensor now; of several topics, what they are together. */
  current(sensor: Pick<Sensor, 'name' | 'options'>, now: number): Reading
  /** What a watch looks at, now. */
  seenBy(watch: Watch, now: number): Reading
  /** Readings by their topics. */
  topics(source: string): ReadonlyMap<string, Reading>
  /** Is called after each change of these sources; the answer stops it. */
  onChange(sources: readonly string[], listener: () => void): () => void
}

/** What a board calls the readings of a watch that asks for them. */
export function polledName(watch: string): string {
  return `watch ${watch}`
}

/** What a watch looks at, as a board calls it. */
export function sourcesOf({ name, source }: Watch): string[] {
  return source.kind === 'poll' ? [polledName(name)] : sensorsOf(source).map(sensor => sensor.name)
}

/** For how many milliseconds each thing that a watch looks at is believed, by how a board calls it. */
export function maxAgesOf({ name, source }: Watch): ReadonlyMap<string, number> {
  if (source.kind === 'poll') return new Map([[polledName(name), source.maxAgeMs]])
  return new Map(sensorsOf(source).map(sensor => [sensor.name, sensor.options.maxAgeSeconds * 1_000]))
}

const absent: Unknown = { known: false, reason: 'absent', why: 'nothing came yet' }

export function createBoard(): Board {
  const readings = new Map<string, Map<string, Reading>>()
  const listeners = new Map<string, Set<() => void>>()

  const current: Board['current'] = ({ name, options }, now) => {
    const all = [...(readings.get(name)?.values() ?? [])].map(reading => aged(reading, now))
    if (all.length === 0) return absent
    return all.length === 1 && options.combine === undefined ? all[0]! : combine(all, options.combine)
  }

  return {
    put(source, topic, reading) {
      const topics = readings.get(source) ?? new Map<string, Reading>()
      if (!topics.has(topic) && topics.size >= mostTopics) return false
      topics.set(topic, reading)
      readings.set(source, topics)
      for (const listener of listeners.get(source) ?? []) listener()
      return true
    },
    current,
    seenBy({ name, source }, now) {
      if (source.kind === 'sensor') return current(source.sensor, now)
      if (source.kind === 'poll')
        return aged(readings.get(polledName(name))?.get(polledName(name)) ?? absent, now)
      return together(
        Object.entries(source.sensors).map(([key, sensor]) => [key, sensor.name, current(sensor, now)]),
      )
    },
    topics: source => readings.get(source) ?? new Map(),
    onChange(sources, listener) {
      for (const source of sources) {
        const known = listeners.get(source) ?? new Set()
        listeners.set(source, known.add(listener))
      }
      return () => {
        for (const source of sources) listeners.get(source)?.delete(listener)
      }
    },
  }
}

function aged(reading: Reading, now: number): Reading {
  if (!reading.known || reading.until >= now) return reading
  return {
    known: false,
    reason: 'stale',
    why: `the last reading is ${lengthText(now - reading.at)} old, and is believed for ${lengthText(reading.until - reading.at)}`,
  }
}

/** Several sensors are as old as the oldest of them, and unknown while one is. */
function together(parts: readonly (readonly [string, string, Reading])[]): Reading {
  const value: Record<string, Json> = {}
  let at = Number.POSITIVE_INFINITY
  let until = Number.POSITIVE_INFINITY
  for (const [key, name, reading] of parts) {
    if (!reading.known) return { ...reading, why: `${name}: ${reading.why}` }
    value[key] = reading.value
    at = Math.min(at, reading.at)
    until = Math.min(until, reading.until)
  }
  return { known: true, value, at, until }
}
