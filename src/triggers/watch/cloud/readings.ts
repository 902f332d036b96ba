import { UnexpectedData } from '../../../core/errors.ts'
import type { Reading } from '../../../core/readings.ts'
import type { Sensor } from '../../../core/sensor.ts'
import { matchesTopic } from '../../../core/sensors/topic.ts'
import { sensorsOf, type Watch } from '../../../core/watch.ts'
import { type CloudReading, withinBytes } from '../../../core/watches/cloud/reading.ts'
import type { CloudRecord, KeptCloudReading } from '../../../core/watches/cloud/record.ts'
import { createBoard, maxAgesOf, sourcesOf } from '../board.ts'
import { fits } from './fits.ts'
import { aheadMs, mostReadingBytes, mostTopics } from './limits.ts'

type Readings = CloudRecord['readings']

/** Readings with another one, or as they were and why it was left out. */
export interface Merged {
  readonly readings: Readings
  readonly leftOut?: string | undefined
}

/**
 * Puts a reading to those that are known, of each topic the newest by its sender's clock. They come twice, late and in any
 * order, and all orders come to the same. Throws `UnexpectedData` for one of something that the watch does not look at.
 */
export function withReading(watch: Watch, before: Readings, reading: CloudReading, now: number): Merged {
  const sensor = sensorsOf(watch.source).find(({ name }) => name === reading.sensor)
  if (sensor === undefined || !matchesTopic(sensor.topic, reading.topic))
    throw new UnexpectedData(
      `watch ${watch.name} looks at nothing that is called ${JSON.stringify(reading.sensor)} with the topic ${JSON.stringify(reading.topic)}; deploy it again, with reops deploy`,
    )
  const readings = watchedOnly(watch, before)
  const known = readings.find(one => one.source === sensor.name && one.topic === reading.topic)
  const next = keptOf(sensor, reading, now)
  if (known !== undefined && known.at >= next.at) return { readings }
  return place(withRoom(sensor, readings, known, now), next, known !== undefined)
}

/** Puts what a poll found out in the place of what it had found out before. */
export function withPolled(watch: Watch, polled: KeptCloudReading): Merged {
  const [source] = sourcesOf(watch)
  return { readings: [{ ...polled, source: source!, topic: source! }] }
}

/**
 * What a watch knows at a moment, out of what is remembered.
 *
 * @example
 * explain({ watch, state: record.state, reading: knownTo(watch, record, now), now, wall: now, nameOf })
 */
export function knownTo(watch: Watch, record: Pick<CloudRecord, 'readings'>, now: number): Reading {
  return knowledgeOf(watch, record)(now)
}

/** What a watch knows, by moments. */
export function knowledgeOf(
  watch: Watch,
  { readings }: Pick<CloudRecord, 'readings'>,
): (now: number) => Reading {
  const board = createBoard()
  const maxAges = maxAgesOf(watch)
  for (const reading of watchedOnly(watch, readings)) {
    const maxAge = maxAges.get(reading.source)!
    board.put(
      reading.source,
      reading.topic,
      'value' in reading
        ? { known: true, value: reading.value, at: reading.seen, until: reading.seen + maxAge }
        : { known: false, reason: reading.reason, why: reading.why },
    )
  }
  return now => board.seenBy(watch, now)
}

function keptOf({ name, schema }: Sensor, reading: CloudReading, now: number): KeptCloudReading {
  const of = { source: name, topic: reading.topic, at: reading.at }
  if (reading.at > now + aheadMs) {
    const why = `it says that it is of ${new Date(reading.at).toISOString()}, which is still to come`
    // What comes after it is not to be older than it.
    return { ...of, at: now, reason: 'ageless', why }
  }
  if ('reason' in reading) return { ...of, reason: reading.reason, why: reading.why }
  if (!fits(schema, reading.value))
    return { ...of, reason: 'unparseable', why: "it does not fit the sensor's schema" }
  return { ...of, seen: Math.min(reading.at, now), value: reading.value }
}

/** Those of what the watch still looks at: it may have looked at something else when it was deployed before. */
function watchedOnly(watch: Watch, readings: Readings): Readings {
  const topics = new Map(sensorsOf(watch.source).map(({ name, topic }) => [name, topic]))
  const [source] = sourcesOf(watch)
  return readings.filter(one =>
    watch.source.kind === 'poll'
      ? one.source === source
      : topics.has(one.source) && matchesTopic(topics.get(one.source)!, one.topic),
  )
}

/** Where a topic comes to as many as there may be, those of which nothing is known any more go. */
function withRoom(sensor: Sensor, readings: Readings, known: unknown, now: number): Readings {
  const maxAge = sensor.options.maxAgeSeconds * 1_000
  const isOver = (one: KeptCloudReading) =>
    one.source === sensor.name && ('value' in one ? one.seen : one.at) + maxAge < now
  const full = readings.filter(one => one.source === sensor.name).length >= mostTopics
  return known === undefined && full ? readings.filter(one => !isOver(one)) : readings
}

function place(readings: Readings, next: KeptCloudReading, isKnown: boolean): Merged {
  const { source, topic, at } = next
  const others = readings.filter(one => one.source !== source || one.topic !== topic)
  const leftOut = `there is no room for ${topic} among the readings of ${source}`
  if (!isKnown && others.filter(one => one.source === source).length >= mostTopics)
    return { readings, leftOut }
  if (withinBytes([...others, next], mostReadingBytes)) return { readings: [...others, next] }
  // What was known of it is not so any more.
  return isKnown
    ? { readings: [...others, { source, topic, at, reason: 'failed', why: leftOut }], leftOut }
    : { readings, leftOut }
}
