import { type JobEnd, type JobRecord, type JobStore, UnknownJob } from '../../src/core/jobs.ts'
import type { Clock } from '../../src/core/ports.ts'
import type { Desk } from '../../src/core/task.ts'
import type { Peer } from '../../src/transports/zeromq/channel.ts'
import { pauseAfter } from './backoff.ts'
import type { OnEvent } from './events.ts'
import type { Limits } from './limits.ts'
import { type LiveJob, watchDeadline } from './live.ts'
import { openProgress } from './progress.ts'
import { openQueue, type Queue } from './queue.ts'
import { sayEnd, sayProgress } from './say.ts'
import { ended, JobStopped } from './stopped.ts'
import { stoppedBefore, work } from './work.ts'

type How = Omit<JobEnd, 'endedAt'>

export interface DeskParts {
  readonly store: JobStore
  readonly desk: Omit<Desk, 'find' | 'progress'>
  readonly clock: Clock
  readonly random: () => number
  readonly limits: Limits
  readonly event: OnEvent
  /** Hears what keeps the journal from being written; it is tried again. */
  readonly trouble: (error: unknown) => void
  /** An answer was put into the outbox. */
  readonly outgoing: () => void
}

/** Jobs from their acceptance to their end. */
export interface JobDesk {
  /** Why there is no room for a job, if there is none. */
  full(job: Pick<LiveJob, 'submitter' | 'bytes'>): string | undefined
  /** Gives a job room and a name before it is written down, so that nobody else takes either meanwhile. */
  reserve(job: LiveJob): void
  /**
   * Begins a job in the transaction in which it is being accepted, where it may begin at once: that saves it a wait for the
   * disk. Called in the turn in which the store was asked to accept it.
   */
  beginAhead(job: LiveJob): void
  /** Takes back what was reserved: it could not be written down. */
  giveUp(job: LiveJob): void
  /** Lets a job that was written down wait for its turn. */
  lineUp(job: LiveJob): void
  /** Ends a job before it has answered, for a reason of the bridge's own. */
  stop(job: LiveJob, why: JobStopped): void
  /** Writes down how a job of the journal ended of which nothing can be done. */
  conclude(job: LiveJob, how: How): void
  /** Forgets who is gone. */
  leave(peer: Peer): void
  /** Takes no new jobs, and begins none. */
  hold(): void
  readonly held: boolean
  /** Milliseconds from one job's beginning to the next, of late. */
  readonly pace: number
  readonly live: ReadonlyMap<string, LiveJob>
  readonly queue: Pick<Queue<LiveJob>, 'size' | 'bytes'>
  readonly counts: { readonly running: number; readonly strays: number; readonly progressDropped: number }
  /** Resolves when nothing is at work and nothing is left to be written. */
  idle(): Promise<void>
  /** Leaves what is at work to the next process. */
  close(): void
}

export function openDesk(parts: DeskParts): JobDesk {
  const { store, desk, clock, limits, event, trouble } = parts
  const live = new Map<string, LiveJob>()
  const queue = openQueue<LiveJob>(limits)
  const closing = new AbortController()
  const counts = { running: 0, strays: 0, progressDropped: 0 }
  const resting: (() => void)[] = []
  let writing = 0
  let held = false
  let failures = 0
  let pace = 1_000
  let lastBegun: number | undefined

  const rested = () => {
    if (counts.running === 0 && writing === 0) for (const rest of resting.splice(0)) rest()
  }

  const pump = () => {
    while (!held && counts.running < limits.running) {
      const job = queue.take()
      if (job === undefined) return
      counts.running++
      launch(job)
    }
  }

  const launch = (job: LiveJob) => void begin(job).catch(trouble).finally(freed)

  /** A place is free again. */
  const freed = () => {
    counts.running--
    rested()
    pump()
  }

  const begin = async (job: LiveJob): Promise<void> => {
    job.at = 'running'
    const record = await begun(job)
    // What was closed meanwhile begins nothing: the next process finds it at work, as after a kill.
    if (record === undefined || closing.signal.aborted) return
    job.startedAt = record.startedAt
    const { id, submitter: who, about, listeners } = job
    const at = clock.now()
    pace = (pace * 15 + Math.min(60_000, at - (lastBegun ?? at - pace))) / 16
    lastBegun = at
    event({ kind: 'start', at, who, job: id, attempt: record.attempts, ...about })
    job.progress = openProgress({
      clock,
      limits,
      send: events => sayProgress(listeners, id, events),
      dropped: () => counts.progressDropped++,
    })
    const stray = (by: 1 | -1) => {
      counts.strays += by
    }
    const how = await work(job, record, { desk, limits, stray })
    if (how !== undefined) await finish(job, how)
    job.progress.close()
  }

  /** Writes down that a job begins. When that can't be, it waits in its place, and all others with it. */
  const begun = async (job: LiveJob): Promise<JobRecord | undefined> => {
    try {
      const again = job.again ? store.requeue(job.id) : undefined
      const [record] = await Promise.all([
        // What was not begun ahead after all is begun now.
        job.ahead?.then(record => record ?? store.begin(job.id, clock.now())) ??
          store.begin(job.id, clock.now()),
        again,
      ])
      failures = 0
      queue.leave(job)
      if (record === undefined) endedElsewhere(job)
      return record
    } catch (error) {
      trouble(error)
      const { stopped } = job
      if (stopped !== undefined && stopped.name !== 'Left') {
        queue.leave(job)
        await finish(job, stoppedBefore(stopped)!)
        return undefined
      }
      job.at = 'queued'
      queue.putBack(job)
      await clock.sleep(pauseAfter(++failures, parts.random), closing.signal).catch(() => {})
      return undefined
    }
  }

  /** Writes down how a job ended, for as long as it takes, and only then tells it. */
  const finish = async (job: LiveJob, how: How): Promise<void> => {
    job.at = 'ending'
    job.over.abort(ended)
    writing++
    const record = await written(job.id, { ...how, endedAt: clock.now() })
    writing--
    if (!closing.signal.aborted) forget(job)
    if (record !== undefined) {
      const { id, submitter: who, acceptedAt, about, listeners } = job
      const { state, error } = how
      const at = clock.now()
      event({ kind: 'end', at, who, job: id, state, error, ms: at - acceptedAt, ...about })
      if (job.token !== undefined) parts.outgoing()
      // What it said last goes with its end.
      job.progress?.close()
      for (const peer of listeners) sayEnd(peer, record)
    }
    rested()
  }

  const written = async (id: string, end: JobEnd): Promise<JobRecord | undefined> => {
    for (let attempt = 1; !closing.signal.aborted; attempt++) {
      try {
        return await store.end(id, end)
      } catch (error) {
        trouble(error)
        // Somebody took it out of the journal, and nothing can be written of it any more.
        if (error instanceof UnknownJob) return undefined
        await clock.sleep(pauseAfter(attempt, parts.random), closing.signal).catch(() => {})
      }
    }
    return undefined
  }

  /** Somebody else wrote down an end, as a person does who puts the journal right. */
  const endedElsewhere = (job: LiveJob) => {
    forget(job)
    const record = store.get(job.id)
    if (record?.endedAt !== undefined) for (const peer of job.listeners) sayEnd(peer, record)
  }

  const forget = (job: LiveJob) => {
    job.over.abort(ended)
    live.delete(job.id)
  }

  const stop = (job: LiveJob, why: JobStopped) => {
    if (job.stopped !== undefined || job.at === 'ending') return
    job.stopped = why
    job.stopping.abort(why)
    if (job.at !== 'queued') return
    const how = stoppedBefore(why)
    if (how === undefined) return
    queue.leave(job)
    void finish(job, how)
  }

  /** Lets an accepted job wait for its turn. Whoever was told to stop, or whose time is over, has none. */
  const lineUp = (job: LiveJob) => {
    const { stopped } = job
    job.at = 'queued'
    job.settle(true)
    if (stopped === undefined) {
      watchDeadline(job, clock, () => stop(job, timeOver(job)))
      if (job.ahead === undefined) queue.lineUp(job)
      else launch(job)
      pump()
      return
    }
    if (job.ahead !== undefined) freed()
    const how = stoppedBefore(stopped)
    queue.leave(job)
    if (how !== undefined) void finish(job, how)
  }

  return {
    stop,
    full: job => queue.full(job),
    reserve(job) {
      live.set(job.id, job)
      queue.enter(job)
    },
    beginAhead(job) {
      if (held || counts.running >= limits.running || queue.lined > 0) return
      counts.running++
      job.ahead = store.begin(job.id, clock.now()).catch(() => undefined)
    },
    giveUp(job) {
      queue.leave(job)
      forget(job)
      job.settle(false)
      if (job.ahead !== undefined) freed()
    },
    lineUp,
    conclude(job, how) {
      live.set(job.id, job)
      job.settle(true)
      void finish(job, how)
    },
    leave(peer) {
      for (const { listeners } of live.values()) listeners.delete(peer)
    },
    hold() {
      held = true
    },
    get held() {
      return held
    },
    get pace() {
      return pace
    },
    live,
    queue,
    counts,
    idle: () =>
      new Promise(resolve => {
        resting.push(resolve)
        rested()
      }),
    close() {
      held = true
      closing.abort()
      for (const job of live.values()) {
        job.over.abort(ended)
        job.progress?.close()
      }
    },
  }
}

function timeOver({ about, deadline }: LiveJob): JobStopped {
  return new JobStopped('States.Timeout', `${about.step} had until ${new Date(deadline).toISOString()}`)
}
