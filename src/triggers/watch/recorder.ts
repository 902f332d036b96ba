import type { Json } from '../../core/json.ts'
import type { NewReading, Reading, ReadingStore, Retention, Series } from '../../core/readings.ts'

/**
 * How often it is looked whether something is to be written, and how far apart changes between known and unknown are, in
 * milliseconds.
 */
const everyMs = 1_000

/** How often what is too old goes. */
const pruneEveryMs = 3_600_000

/** A year of minutely readings of several sensors, with room; about 40 bytes each. */
const usualRetention: Retention = { age: 400 * 86_400_000, perSeries: 1_500_000, total: 5_000_000 }

/** Keeps readings as they come, of each series one in its time. */
export interface Recorder {
  /** `wall` is when it was measured, in milliseconds since the epoch. */
  record(
    series: { readonly sensor: string; readonly topic: string; readonly keepSeconds: number },
    reading: Reading,
    wall: number,
  ): void
  /** What is kept of a sensor, with the last of each series. */
  series(sensor: string): readonly Series[]
  /** Writes what waits. */
  close(): Promise<void>
}

interface Line {
  wroteAt: number
  known: boolean
  waiting: NewReading | undefined
  readonly keepMs: number
}

/**
 * The first reading of a series is written, then the last of each `keep`, and each with which it becomes known or unknown. A
 * store that fails is told of once, and what comes meanwhile is not kept: decisions don't depend on it.
 */
export function createRecorder(
  store: ReadingStore,
  notice: (text: string) => void,
  retention: Retention = usualRetention,
): Recorder {
  const lines = new Map<string, Line>()
  let failing = false
  let ready: NewReading[] = []
  let writing: Promise<void> | undefined
  let prunedAt = 0
  let pruning: Promise<unknown> | undefined

  const write = async () => {
    while (ready.length > 0) {
      const batch = ready
      ready = []
      try {
        await store.add(batch)
        failing = false
      } catch (thrown) {
        if (!failing) notice(`readings are not kept: ${(thrown as Error).message}`)
        failing = true
      }
    }
    writing = undefined
  }
  const flush = (): Promise<void> => {
    if (ready.length > 0) writing ??= write()
    return writing ?? Promise.resolve()
  }
  const prune = (now: number) => {
    prunedAt = now
    pruning = store
      .prune(now, retention)
      .catch((thrown: Error) => notice(`old readings are not removed: ${thrown.message}`))
  }
  const timer = setInterval(() => {
    const now = Date.now()
    for (const line of lines.values()) {
      if (line.waiting === undefined || Math.abs(now - line.wroteAt) < line.keepMs) continue
      ready.push(line.waiting)
      line.waiting = undefined
      line.wroteAt = now
    }
    void flush()
    if (Math.abs(now - prunedAt) >= pruneEveryMs) prune(now)
  }, everyMs)
  timer.unref()

  return {
    record({ sensor, topic, keepSeconds }, reading, wall) {
      const key = `${sensor}\0${topic}`
      const one: NewReading = { sensor, topic, at: wall, ...contentOf(reading) }
      const now = Date.now()
      const line = lines.get(key)
      const apart = line?.known === reading.known ? keepSeconds * 1_000 : everyMs
      if (line !== undefined && Math.abs(now - line.wroteAt) < apart) {
        line.waiting = one
        return
      }
      // What led to the change is kept, too.
      if (line?.waiting !== undefined) ready.push(line.waiting)
      ready.push(one)
      lines.set(key, {
        wroteAt: now,
        known: reading.known,
        waiting: undefined,
        keepMs: keepSeconds * 1_000,
      })
      void flush()
    },
    series: sensor => store.series(sensor),
    async close() {
      clearInterval(timer)
      for (const { waiting } of lines.values()) if (waiting !== undefined) ready.push(waiting)
      lines.clear()
      await flush()
      await pruning
    },
  }
}

function contentOf(reading: Reading): { readonly value: Json } | { readonly why: string } {
  return reading.known ? { value: reading.value } : { why: reading.why }
}
