import { BridgeBusy, BridgeRefused } from '../../src/core/bridge.ts'
import { type JobRecord, type JobStore, jobTaken, type NewJob, UnknownJob } from '../../src/core/jobs.ts'
import type { Json } from '../../src/core/json.ts'
import { parseArguments } from '../../src/core/operation/operation.ts'
import type { Clock } from '../../src/core/ports.ts'
import type { Definition } from '../../src/core/step.ts'
import type { TaskRequest } from '../../src/core/task.ts'
import { sameJson } from '../../src/state/same-json.ts'
import type { Peer } from '../../src/transports/zeromq/channel.ts'
import type { ToBridge } from '../../src/transports/zeromq/messages.ts'
import type { JobDesk } from './desk.ts'
import { aboutOf, type OnEvent } from './events.ts'
import type { Limits } from './limits.ts'
import { type LiveJob, openLive, stateOf } from './live.ts'
import type { Operations } from './operations.ts'
import { explain, say, sayEnd, sayProgress, wordsOf } from './say.ts'
import { checkSound } from './sound.ts'
import { JobStopped } from './stopped.ts'

type Submit = Extract<ToBridge, { kind: 'submit' }>

export interface CounterParts {
  readonly store: JobStore
  readonly desk: JobDesk
  readonly operations: Operations
  readonly clock: Clock
  readonly random: () => number
  readonly limits: Pick<Limits, 'depth'>
  readonly event: OnEvent
  /** Whether answers can be given to Step Functions. */
  readonly takesTokens: boolean
}

/** Where jobs are submitted and cancelled. */
export interface Counter {
  submit(peer: Peer, message: Submit): Promise<void>
  cancel(peer: Peer, id: string, reason: string | undefined): Promise<void>
}

/**
 * Takes jobs in. A job that is known is never accepted again: whoever submits it once more waits with the others, or gets
 * its answer. A new one is checked, given room and journalled, in this order, and only then is it `accepted`.
 */
export function openCounter(parts: CounterParts): Counter {
  const { store, desk, operations, clock, limits, event } = parts

  /** Finds the operation and checks the arguments; throws what is wrong with the request. */
  const check = (id: string, request: TaskRequest): Definition => {
    checkSound(id, request, limits.depth)
    if (request.token !== undefined && !parts.takesTokens)
      throw new BridgeRefused(
        'this job wants its answer to be given to Step Functions, and this bridge is not connected to AWS: say aws in its reops.config.ts, or submit the job without a task token',
      )
    const definition = operations.find(request)
    parseArguments(definition, request.args)
    return definition
  }

  const refuse = (peer: Peer, id: string, error: unknown) => {
    const { error: name, cause } = explain(error)
    event({ kind: 'refuse', at: clock.now(), who: nameOf(peer), job: id, error: name, why: wordsOf(error) })
    if (error instanceof BridgeBusy)
      say(peer, { kind: 'busy', id, retryAfterMs: error.retryAfterMs, why: error.message })
    else say(peer, { kind: 'refused', id, error: name, cause })
  }

  const busyFor = (job: Pick<LiveJob, 'submitter' | 'bytes'>): BridgeBusy | undefined => {
    if (desk.held) return new BridgeBusy('the bridge is about to end and takes no new jobs', 5_000)
    const why = desk.full(job)
    if (why === undefined) return undefined
    const hint = Math.round(Math.min(30_000, Math.max(200, desk.pace * 4)) * (1 + parts.random() / 2))
    return new BridgeBusy(why, hint)
  }

  const attach = (job: LiveJob, peer: Peer) => {
    job.listeners.add(peer)
    say(peer, { kind: 'accepted', id: job.id, state: stateOf(job) })
    const opening = job.progress?.opening
    if (opening !== undefined) sayProgress([peer], job.id, [opening])
  }

  /** Gives whoever asks again the answer, or a place among those who wait for it. Nothing has to be written for that. */
  const join = (peer: Peer, job: Omit<NewJob, 'deadline'>, record: JobRecord) => {
    if (!sameJson(record.request as Json, job.request as Json)) throw jobTaken(job.id)
    submitted(job, true)
    const found = desk.live.get(job.id)
    if (found !== undefined) attach(found, peer)
    else tell(peer, record)
  }

  const tell = (peer: Peer, record: JobRecord) => {
    if (record.endedAt !== undefined) sayEnd(peer, record)
    else
      refuse(peer, record.id, new BridgeBusy('the bridge is about to end; the next one has the job', 5_000))
  }

  const submitted = ({ submitter: who, id: job, request }: Omit<NewJob, 'deadline'>, again: boolean) =>
    event({ kind: 'submit', at: clock.now(), who, job, again, ...aboutOf(request) })

  return {
    async submit(peer, { id, request, priority, deadline: asked }) {
      const submitter = nameOf(peer)
      const acceptedAt = clock.now()
      const submission = { id, submitter, request, priority, acceptedAt }
      try {
        // Somebody else may be submitting it: whether it is known is only known when that was written down, or could not be.
        for (let other = desk.live.get(id); other?.at === 'accepting'; other = desk.live.get(id))
          await other.accepted
        const record = store.get(id)
        if (record !== undefined) return join(peer, submission, record)
        const definition = check(id, request)
        const deadline = deadlineOf(request, definition, acceptedAt, asked)
        const job = openLive({ ...submission, deadline, definition })
        const busy = busyFor(job)
        if (busy !== undefined) throw busy
        desk.reserve(job)
        try {
          const accepted = store.accept({ ...submission, deadline })
          desk.beginAhead(job)
          await accepted
        } catch (error) {
          desk.giveUp(job)
          throw error
        }
        submitted(submission, false)
        attach(job, peer)
        desk.lineUp(job)
      } catch (error) {
        refuse(peer, id, error)
      }
    },
    async cancel(peer, id, reason) {
      const who = nameOf(peer)
      const job = desk.live.get(id)
      if (job === undefined || !(await job.accepted)) {
        const record = store.get(id)
        if (record === undefined) refuse(peer, id, new UnknownJob(id))
        else tell(peer, record)
        return
      }
      event({ kind: 'cancel', at: clock.now(), who, job: id, reason })
      if (desk.live.get(id) !== job) return tell(peer, store.get(id)!)
      job.listeners.add(peer)
      desk.stop(job, new JobStopped('Cancelled', `cancelled by ${who}${reason ? `: ${reason}` : ''}`))
    },
  }
}

/** Hosts get a moment after their time in which the operation says which of them didn't make it. */
const moment = 10_000

/** What a job may take: the least of what its submitter, its pipeline and its operation say. */
function deadlineOf(
  { deadline: enclosing }: TaskRequest,
  { onHosts, timeoutSeconds }: Definition,
  now: number,
  asked: number | undefined,
): number {
  const inTime = enclosing === undefined ? Number.POSITIVE_INFINITY : enclosing + (onHosts ? moment : 0)
  return Math.max(0, Math.min(now + timeoutSeconds * 1_000, asked ?? Number.POSITIVE_INFINITY, inTime))
}

function nameOf({ identity }: Peer): string {
  return identity?.name ?? 'a stranger'
}
