/**
 * The jobs of a bridge. Its parts, in the order in which a job meets them:
 *
 * - `reception`: hears sessions, parses what they say, knows who may say it.
 * - `kept-data`, `uploads`: data that is too large for a message, both ways.
 * - `counter`: takes jobs in and cancels them; `operations` is what it takes, `sound` what hurts nobody.
 * - `desk`: jobs from their acceptance to their end: `queue`, `work`, `progress`, `beats`, and `fate` for what nobody knows.
 * - `outbox`, `tokens`, `task-tokens`: answers for Step Functions.
 * - `recover`: takes up what the process before left; `status` and `events` tell of all this.
 *
 * What is true at every instant, whoever is killed:
 *
 * 1. A job is in the journal before anybody is told that it was accepted.
 * 2. An id is one job: however often and by whomever it is submitted, it is begun once, unless its operation may be
 *    repeated and the process that was at it has ended.
 * 3. A job ends once. Its end is in the journal before anybody is told, and with it, in one transaction, what
 *    Step Functions is to be told.
 * 4. Every accepted job ends: with what its operation answered, as cancelled, as timed out, or as unknown. None is lost.
 * 5. What waits is bounded: jobs, their bytes, uploads, progress, messages that are being answered. What is more is told
 *    so, and never silently dropped, but for progress.
 * 6. No message makes this throw, and no session that is slow or gone keeps others waiting.
 * 7. When nothing can be written, new jobs are refused by name, what was accepted waits, what was answered is written
 *    later, and all of it goes on by itself once there is space.
 */

import type { JobStore } from '../../src/core/jobs.ts'
import type { Json } from '../../src/core/json.ts'
import type { Clock } from '../../src/core/ports.ts'
import type { Desk } from '../../src/core/task.ts'
import type { Peer, Reception } from '../../src/transports/zeromq/channel.ts'
import { every, startBeats } from './beats.ts'
import { openCounter } from './counter.ts'
import { openDesk } from './desk.ts'
import type { OnEvent } from './events.ts'
import { type KeptStore, openKeptData } from './kept-data.ts'
import { type Limits, usualLimits } from './limits.ts'
import type { Operations } from './operations.ts'
import { type Outbox, openOutbox } from './outbox.ts'
import { patientStore } from './patient-store.ts'
import { openReception } from './reception.ts'
import { recover } from './recover.ts'
import { type JobsStatus, statusOf } from './status.ts'
import { JobStopped } from './stopped.ts'
import type { TaskTokens } from './tokens.ts'

export type { JobEvent, OnEvent } from './events.ts'
export type { Limits } from './limits.ts'
export { type Operations, openOperations } from './operations.ts'
export type { JobsStatus } from './status.ts'
export { openTaskTokens } from './task-tokens.ts'
export type { TaskTokens } from './tokens.ts'

export interface JobsParts {
  /** The journal. Whoever opened it closes it, after the jobs were. */
  readonly store: JobStore
  /** What answering tasks needs of the world. */
  readonly desk: Omit<Desk, 'find' | 'progress' | 'store'> & { readonly store: KeptStore }
  readonly operations: Operations
  readonly clock: Clock
  /** Step Functions; without it, jobs with a task token are refused. */
  readonly tokens?: TaskTokens | undefined
  readonly limits?: Partial<Limits> | undefined
  /** Hears what happens, for an audit log and for metrics. */
  readonly onEvent?: OnEvent | undefined
  /** What is answered to whoever asks how the bridge is; how the job desk stands when it is left out. */
  readonly answerStatus?: (() => Json) | undefined
  /** Hears what a person should see to, such as a full disk. */
  readonly onTrouble?: ((error: unknown) => void) | undefined
  readonly random?: (() => number) | undefined
}

/** The job desk of a bridge, which hears the sessions of submitters and readers. */
export interface Jobs extends Required<Reception> {
  status(): JobsStatus
  /**
   * Takes no new jobs, lets those at work end for so many milliseconds, and leaves the others to the next process: they are
   * told to stop, and stay in the journal unless it is a change that still says how far it came.
   */
  drain(ms: number): Promise<void>
  /** Stops at once. What is at work is in the journal as it would be if the process were killed. */
  close(): Promise<void>
}

const hour = 3_600_000

/**
 * Opens the job desk, and takes up what the process before left in the journal.
 *
 * @example
 * const jobs = await openJobs({ store, desk, operations: openOperations({ flows }), clock: systemClock })
 * const listener = acceptSessions({ keys, admit }, jobs)
 * await jobs.drain(30_000)
 * await jobs.close()
 */
export async function openJobs(parts: JobsParts): Promise<Jobs> {
  const { store, operations, clock, tokens, random = Math.random } = parts
  const limits: Limits = { ...usualLimits, ...parts.limits }
  const closing = new AbortController()
  const trouble = guarded(parts.onTrouble, undefined)
  const event = guarded(parts.onEvent, trouble)
  let outbox: Outbox | undefined
  const outgoing = () => outbox?.wake()
  const answers = patientStore(parts.desk.store, { clock, random, signal: closing.signal, trouble })
  const answering = { ...parts.desk, store: answers }
  const desk = openDesk({ store, desk: answering, clock, random, limits, event, trouble, outgoing })
  const takesTokens = tokens !== undefined
  const counter = openCounter({ store, desk, operations, clock, random, limits, event, takesTokens })
  const data = openKeptData(parts.desk.store, clock, limits)
  const status = (): JobsStatus =>
    statusOf({ now: clock.now(), store, desk, data, reception, limits, outbox: outbox?.status })
  const reception = openReception({
    counter,
    data,
    clock,
    limits,
    event,
    status: parts.answerStatus ?? (() => status() as unknown as Json),
    left: (peer: Peer) => desk.leave(peer),
  })

  await recover({ store, desk, operations, spilled: parts.desk.store, limits })
  if (tokens !== undefined) outbox = openOutbox({ store, tokens, clock, random })
  startBeats({ desk, tokens, clock, limits, signal: closing.signal })
  const prune = async () => void (await store.prune(clock.now() - limits.keepMs).catch(trouble))
  void prune().then(() => every(clock, hour, closing.signal, prune))

  const drain = async (ms: number) => {
    desk.hold()
    const idle = desk.idle()
    const done = new AbortController()
    const within = (time: number) => Promise.race([idle, clock.sleep(time, done.signal).catch(() => {})])
    await within(ms)
    const left = new JobStopped('Left', 'the bridge ends; the next one goes on with this')
    for (const job of desk.live.values()) if (job.at === 'running') desk.stop(job, left)
    await within(limits.graceMs)
    done.abort()
  }

  return {
    onPeer: reception.onPeer,
    onPacket: reception.onPacket,
    onGone: reception.onGone,
    status,
    drain,
    async close() {
      desk.close()
      closing.abort()
      await outbox?.close()
    },
  }
}

/** What listens is not to hurt what it listens to. */
function guarded<T>(
  listener: ((what: T) => void) | undefined,
  trouble: ((error: unknown) => void) | undefined,
): (what: T) => void {
  return what => {
    try {
      listener?.(what)
    } catch (error) {
      trouble?.(error)
    }
  }
}
