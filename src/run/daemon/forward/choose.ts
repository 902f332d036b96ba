import type { Reading } from '../../../core/readings.ts'
import type { Sensor } from '../../../core/sensor.ts'
import { sensorsOf, type Watch } from '../../../core/watch.ts'
import { type Board, createBoard } from '../../../triggers/watch/board.ts'
import { keyOf, urgentTopics } from './urgent.ts'

/** A reading that AWS is to be told. */
export interface Pending {
  readonly sensor: string
  readonly topic: string
  readonly reading: Reading
  /** When it was measured, or seen to be unknown, by the steady clock. */
  readonly at: number
}

/** What there is to tell at a moment. */
export interface Choice {
  /** What is to go now, what may change a verdict first. */
  readonly due: readonly Pending[]
  /** When something is to go next if nothing changes, by the steady clock. */
  readonly nextAt: number | undefined
}

/** Knows what AWS was told of each topic, and what it is to be told when. Times are milliseconds of the steady clock. */
export interface Chooser {
  look(now: number): Choice
  /** AWS has taken it. */
  told(pending: Pending, now: number): void
  /** AWS refuses it as it is: it is left alone until then. Answers whether that is something new. */
  refused(pending: Pending, until: number, why: string): boolean
  counts(now: number): {
    readonly topics: number
    /** Readings that should have gone by now. */
    readonly waiting: number
    /** Topics beyond those that AWS is told of. */
    readonly leftOut: number
    /** Why a reading is refused, where one is. */
    readonly problem: string | undefined
  }
}

/** So many topics of a sensor are known in AWS, and so many bytes their names have at most. */
const mostTopics = 100
const mostTopicBytes = 1_024

/** How far readings of a topic that change no verdict are apart at least, whatever its `maxAge` says. */
const leastMs = 10_000

/** So many of a topic may go at once one after the other; each comes back after the least time. A sensor that flaps for days must not cost much. */
const atOnce = 6

interface Line {
  toldAt: number
  /** When what is known here now was seen first. */
  seenAt: number
  tokens: number
  tokensAt: number
  heldUntil: number
  refused: string | undefined
}

interface Timed extends Pending {
  readonly goesAt: number
  readonly heldUntil: number
  readonly urgent: boolean
}

/**
 * Chooses what AWS is told of what its watches look at. A topic goes at once when it becomes known or unknown, and when a
 * watch would judge otherwise by what is known here than by what AWS was told; else once in a third of the time for which it
 * is believed, so that it never grows too old there while it speaks here. What comes between takes the place of what waits.
 */
export function createChooser(watches: readonly Watch[], board: Board): Chooser {
  const sensors = sensorsOfAll(watches)
  const here = createBoard()
  const known = createBoard()
  const lines = new Map<string, Line>()
  const perSensor = new Map<string, number>()
  let leftOut = 0

  const lineOf = (sensor: string, topic: string, now: number): Line | undefined => {
    const key = keyOf(sensor, topic)
    const found = lines.get(key)
    if (found !== undefined) return found
    const count = perSensor.get(sensor) ?? 0
    if (count >= mostTopics || Buffer.byteLength(topic) > mostTopicBytes) return undefined
    perSensor.set(sensor, count + 1)
    const line = {
      ...{ toldAt: Number.NEGATIVE_INFINITY, seenAt: now, heldUntil: 0, refused: undefined },
      ...{ tokens: atOnce, tokensAt: now },
    }
    lines.set(key, line)
    return line
  }

  /** Sees what is known here, of the topics that AWS is told of. */
  const see = (now: number): void => {
    leftOut = 0
    for (const { name: sensor } of sensors)
      for (const [topic, reading] of board.topics(sensor)) {
        const line = lineOf(sensor, topic, now)
        if (line === undefined) leftOut++
        if (line === undefined || here.topics(sensor).get(topic) === reading) continue
        here.put(sensor, topic, reading)
        line.seenAt = now
      }
  }

  /** All that AWS does not know as it is here, with when it is to go. */
  const pendings = (now: number): readonly Timed[] => {
    see(now)
    const urgent = urgentTopics(watches, here, known, now)
    const found: Timed[] = []
    for (const { name: sensor, options } of sensors)
      for (const [topic, reading] of here.topics(sensor)) {
        const before = known.topics(sensor).get(topic)
        if (before === reading) continue
        const line = lines.get(keyOf(sensor, topic))!
        const hurries = urgent.has(keyOf(sensor, topic)) || before?.known !== reading.known
        // What was old when it was told is believed there for less.
        const believedMs = before?.known ? before.until - line.toldAt : options.maxAgeSeconds * 1_000
        const usual = line.toldAt + Math.max(leastMs, believedMs / 3)
        const goesAt = hurries ? Math.min(usual, tokenAt(line, now)) : usual
        const at = reading.known ? reading.at : line.seenAt
        found.push({ sensor, topic, reading, at, goesAt, heldUntil: line.heldUntil, urgent: hurries })
      }
    return found
  }

  return {
    look(now) {
      const all = pendings(now).map(one => ({ ...one, goesAt: Math.max(one.goesAt, one.heldUntil) }))
      const due = all.filter(({ goesAt }) => goesAt <= now)
      const later = all.filter(({ goesAt }) => goesAt > now).map(({ goesAt }) => goesAt)
      due.sort((a, b) => Number(b.urgent) - Number(a.urgent) || a.goesAt - b.goesAt)
      return { due, nextAt: later.length === 0 ? undefined : Math.min(...later) }
    },
    told({ sensor, topic, reading }, now) {
      const line = lines.get(keyOf(sensor, topic))!
      line.tokens = Math.max(0, tokens(line, now) - 1)
      line.tokensAt = now
      line.toldAt = now
      line.heldUntil = 0
      line.refused = undefined
      known.put(sensor, topic, reading)
    },
    refused({ sensor, topic }, until, why) {
      const line = lines.get(keyOf(sensor, topic))!
      const news = line.refused === undefined
      line.heldUntil = until
      line.refused = why
      return news
    },
    counts(now) {
      const waiting = pendings(now).filter(({ goesAt }) => goesAt <= now).length
      const problem = [...lines.values()].find(({ refused }) => refused !== undefined)?.refused
      return { topics: lines.size, waiting, leftOut, problem }
    },
  }
}

/** The sensors that watches look at, each once. */
function sensorsOfAll(watches: readonly Watch[]): readonly Sensor[] {
  const all = watches.flatMap(({ source }) => sensorsOf(source))
  return [...new Map(all.map(sensor => [sensor.name, sensor])).values()]
}

function tokens(line: Line, now: number): number {
  return Math.min(atOnce, line.tokens + (now - line.tokensAt) / leastMs)
}

/** When there is a token for it. */
function tokenAt(line: Line, now: number): number {
  const missing = 1 - tokens(line, now)
  return missing <= 0 ? now : now + Math.ceil(missing * leastMs)
}
