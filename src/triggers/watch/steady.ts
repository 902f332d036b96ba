import { readFileSync } from 'node:fs'
import type { SavedClock } from '../../core/watches/state.ts'

/** What tells the time here, in milliseconds. A test brings its own. */
export interface TimeSource {
  /** Since the epoch; somebody may set it. */
  wall(): number
  /** Since the machine was started; nobody sets it. */
  monotonic(): number
  /** Which start of the machine that was. */
  readonly boot: string
}

/** A clock that nobody sets: dwells, cool-downs and budgets are measured by it. */
export interface SteadyClock {
  now(): number
  /** The same moment in milliseconds since the epoch, by the wall clock as it is now. */
  wallOf(steady: number): number
  /** How it stands, for the next process. */
  saved(): SavedClock
}

/**
 * Begins as the wall clock and goes on by the time since the machine was started, so that a clock that is set by an hour
 * changes nothing. Another process goes on from what was saved: by the same measure, or after a restart of the machine by
 * the wall clock, which alone knows how long that took, and never backwards.
 */
export function steadyClock(source: TimeSource, saved?: SavedClock): SteadyClock {
  const start = source.monotonic()
  const began = resumed(source, saved, start)
  const now = () => began + Math.max(0, source.monotonic() - start)
  return {
    now,
    wallOf: steady => source.wall() + (steady - now()),
    saved: () => ({
      steady: now(),
      wall: source.wall(),
      monotonic: source.monotonic(),
      boot: source.boot,
    }),
  }
}

function resumed(source: TimeSource, saved: SavedClock | undefined, monotonic: number): number {
  if (saved === undefined) return source.wall()
  const passed = saved.boot === source.boot ? monotonic - saved.monotonic : source.wall() - saved.wall
  return saved.steady + Math.max(0, passed)
}

/** The clocks of this machine. */
export function systemTime(): TimeSource {
  return {
    wall: Date.now,
    monotonic: () => Number(process.hrtime.bigint() / 1_000n) / 1_000,
    boot: bootId(),
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    // Only Linux says so; elsewhere a new process goes by the wall clock, as after a restart of the machine.
    return `process ${process.pid} of ${Date.now()}`
  }
}
