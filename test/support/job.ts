import type { Clock } from '../../src/core/ports.ts'
import type { Job } from '../../src/core/systems/provider.ts'
import { systemClock } from '../../src/executor/index.ts'

/** A job that remembers what it was told, for tests of providers. */
export interface TestJob extends Job {
  /** What was said of its progress, in order. */
  readonly stages: string[]
  /** What it was warned of, in order. */
  readonly warnings: string[]
  /** Aborts its signal, as when an execution is cancelled. */
  cancel(): void
}

/** How a test's job differs from an ordinary one: time to its deadline in milliseconds, a minute when left out. */
export interface TestJobOptions {
  readonly clock?: Clock
  readonly withinMs?: number
  /** Called at every stage, so that a test can break in at that moment. */
  readonly onStage?: (stage: string) => void
}

/**
 * A job on the real clock. Its signal is aborted only by `cancel`: keeping to the deadline is what providers promise.
 *
 * @example
 * const job = testJob()
 * await provider.start(system, job)
 * expect(job.stages).toEqual(['starting'])
 */
export function testJob(options: TestJobOptions = {}): TestJob {
  const { clock = systemClock, withinMs = 60_000, onStage } = options
  const controller = new AbortController()
  const stages: string[] = []
  const warnings: string[] = []
  return {
    signal: controller.signal,
    deadline: clock.now() + withinMs,
    clock,
    stages,
    warnings,
    stage(text) {
      stages.push(text)
      onStage?.(text)
    },
    warn: text => void warnings.push(text),
    cancel: () => controller.abort(new Error('cancelled')),
  }
}
