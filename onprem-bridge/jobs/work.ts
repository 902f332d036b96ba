import type { JobEnd, JobRecord } from '../../src/core/jobs.ts'
import type { Json } from '../../src/core/json.ts'
import type { SpillStore } from '../../src/core/spill.ts'
import { answerTask, type Desk, describeError } from '../../src/core/task.ts'
import { mayRepeat, unknownEnd } from './fate.ts'
import type { Limits } from './limits.ts'
import type { LiveJob } from './live.ts'
import { shortened } from './say.ts'
import { ended, type JobStopped } from './stopped.ts'

export interface WorkParts {
  readonly desk: Omit<Desk, 'find' | 'progress'>
  readonly limits: Pick<Limits, 'graceMs'>
  /** Hears that a handler went on although it was told to stop, and that it has ended after all. */
  stray(by: 1 | -1): void
}

type How = Omit<JobEnd, 'endedAt'>
type Answer = { readonly output: Json } | { readonly error: string; readonly cause: string }

/** A message takes a megabyte; what is larger travels as a reference. */
const largestOutput = 512 * 1_024

/**
 * Works on one job until it has answered, or was told to stop and had its grace. Answers nothing when the next process is
 * to go on with it. Never rejects.
 */
export async function work(job: LiveJob, record: JobRecord, parts: WorkParts): Promise<How | undefined> {
  const { desk, limits, stray } = parts
  const { signal } = job.stopping
  if (signal.aborted) return stoppedBefore(signal.reason as JobStopped)
  const find = () => ({ definition: job.definition })
  const progress: Desk['progress'] = event => job.progress?.add(event)
  const answered = answerTask(record.request, { ...desk, find, progress }, signal).then(
    (output): Answer => ({ output }),
    (error: unknown): Answer => shortened(describeError(error)),
  )
  const done = new AbortController()
  const answer = await Promise.race([answered, stuck(signal, done.signal, limits.graceMs, desk.clock)])
  done.abort(ended)
  if (answer === undefined) {
    stray(1)
    void answered.then(() => stray(-1))
  }
  const { stopped } = job
  if (stopped === undefined) return answer === undefined ? undefined : small(endOf(answer), desk.store)
  return small(await afterStop(stopped, answer, job, record, parts), desk.store)
}

/** Resolves to nothing when a job was told to stop and its grace is over. */
async function stuck(
  stop: AbortSignal,
  done: AbortSignal,
  graceMs: number,
  clock: Desk['clock'],
): Promise<undefined> {
  await new Promise<void>(resolve => {
    stop.addEventListener('abort', () => resolve(), { once: true, signal: done })
    done.addEventListener('abort', () => resolve(), { once: true })
  })
  await clock.sleep(graceMs, done).catch(() => {})
}

function endOf(answer: Answer): How {
  return 'output' in answer ? { state: 'succeeded', ...answer } : { state: 'failed', ...answer }
}

/** A job that had not begun when it was told to stop. */
export function stoppedBefore(stopped: JobStopped): How | undefined {
  const { name, message } = stopped
  if (name === 'Left') return undefined
  const state = name === 'Cancelled' ? 'cancelled' : 'failed'
  return { state, ...shortened({ error: name, cause: `${message}; it had not begun` }) }
}

async function afterStop(
  stopped: JobStopped,
  answer: Answer | undefined,
  { definition }: LiveJob,
  record: JobRecord,
  { desk, limits }: WorkParts,
): Promise<How | undefined> {
  const { name, message } = stopped
  const went = `did not stop within ${limits.graceMs / 1_000} s and may still be at it`
  switch (name) {
    case 'Left':
      // What may be repeated is repeated. Of a change, what its handler still says is better than that nobody knows.
      if (answer === undefined || 'error' in answer || mayRepeat(definition)) return undefined
      return { ...endOf(answer), state: 'cancelled' }
    case 'Cancelled':
      if (answer !== undefined) return { ...endOf(answer), state: 'cancelled' }
      if (!mayRepeat(definition)) return unknownEnd(record, definition, `${message}; it ${went}`, desk.store)
      return { state: 'cancelled', error: name, cause: `${message}; it ${went}` }
    case 'States.Timeout': {
      const how = answer === undefined ? went : 'was told to stop and did'
      return { state: 'failed', error: name, cause: `${message}; it ${how}` }
    }
  }
}

async function small(how: How | undefined, store: SpillStore): Promise<How | undefined> {
  if (how?.output === undefined) return how
  try {
    const json = JSON.stringify(how.output)
    const bytes = Buffer.byteLength(json)
    return bytes <= largestOutput ? how : { ...how, output: { $spilled: await store.put(json), bytes } }
  } catch (error) {
    const { output, ...rest } = how
    return { ...rest, state: 'failed', ...shortened(describeError(error)) }
  }
}
