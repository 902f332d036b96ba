/**
 * One job, from its submit to its answer. What this file keeps true:
 *
 * 1. A job is submitted under one id on every session, so that it is executed once, however often the connection breaks.
 * 2. Until a submit was sent, whatever fails says that nothing was given; from then on it says that nobody knows.
 * 3. It ends: by an answer, a refusal, its deadline, or a grace after it was cancelled.
 */
import { type BridgeBusy, type BridgeCall, JobLeft, TaskFailed } from '../../../core/bridge.ts'
import type { Json } from '../../../core/json.ts'
import type { Clock } from '../../../core/ports.ts'
import type { TaskRequest } from '../../../core/task.ts'
import { bound } from './bound.ts'
import { DataStuck, type Kept } from './kept.ts'
import { type ClientLimits, jittered, pauseBefore } from './limits.ts'
import { type Link, NoMoreSessions, type Session, SessionOver } from './link.ts'
import { type JobNews, type Mail, openMail } from './mail.ts'
import { busy, lost, noMore, notTaken, refused, unreachable, unread } from './words.ts'

/** What a job needs of its client. */
export interface JobParts {
  readonly url: string
  readonly link: Link
  readonly kept: Kept
  readonly clock: Clock
  readonly random: () => number
  readonly limits: ClientLimits
}

/** An open job, for whoever reads messages. */
export interface Box {
  readonly mail: Mail
  readonly call: BridgeCall
  /** The bridge said on this session that somebody works on it. */
  heard: boolean
  /** It was accepted on this session. */
  accepted: boolean
}

export function openBox(call: BridgeCall): Box {
  return { mail: openMail(), call, heard: false, accepted: false }
}

type Ending = Extract<JobNews, { readonly kind: 'answer' | 'failed' }>

/** Sees a job through to its answer. */
export async function seeThrough(request: TaskRequest, box: Box, parts: JobParts): Promise<Json> {
  const { url, link, kept, clock, random, limits } = parts
  const { call, mail } = box
  const { id } = call
  const began = clock.now()
  const deadline = call.deadline ?? began + limits.jobMs
  const time = bound(clock, deadline - began)
  const stop = AbortSignal.any([call.signal, time.signal])
  const over = new AbortController()
  let given = false
  let ending: Ending | undefined
  let turnedAway: BridgeBusy | undefined

  /** Waits for a session: not for long before anything was given, and afterwards for as long as an answer is wanted. */
  const connect = async (): Promise<Session> => {
    // Whoever waits for this waits as long; it is better told what is known than that time is over.
    const margin = Math.min(5_000, (deadline - began) / 10)
    const left = deadline - clock.now()
    const wait = bound(clock, given ? left - margin : Math.min(limits.connectMs, left))
    try {
      return await link.session(AbortSignal.any([stop, wait.signal]))
    } catch (error) {
      if (error === wait.signal.reason) throw outOfReach()
      if (error instanceof NoMoreSessions) throw given ? lost(url, id, error.message) : noMore(url, error)
      throw error
    } finally {
      wait.stop()
    }
  }
  const outOfReach = () =>
    given ? lost(url, id, link.why) : unreachable(url, limits.connectMs / 1000, link.why)

  /** Submits on a session and waits for the end there; answers nothing where it has to be submitted again. */
  const submit = async (session: Session): Promise<Ending | undefined> => {
    await kept.offer([request.args, request.data, request.input ?? null], session, stop)
    mail.renew()
    box.accepted = false
    const sent = link.send(session, { kind: 'submit', id, request, priority: 5, deadline })
    if (!sent) throw new SessionOver('the session takes nothing now')
    given = true
    for (;;) {
      const news = await hear(session)
      if (news.kind === 'answer' || news.kind === 'failed') return news
      if (box.accepted) link.distrust()
      else if (news.kind === 'accepted') {
        box.accepted = true
        call.accepted?.()
      } else {
        given = false
        if (news.kind === 'refused') throw notTaken(url, news.error, news.cause)
        const hint = Math.min(60_000, Math.max(100, news.retryAfterMs))
        turnedAway = busy(url, news.why, hint)
        // Not sooner than it said, and not all at once.
        await clock.sleep(hint * (1 + random() / 2), stop)
        return undefined
      }
    }
  }

  /** The next that is said of it. A bridge that does not even accept is asked again. */
  const hear = async (session: Session): Promise<JobNews> => {
    const patience = box.accepted ? undefined : bound(clock, limits.askMs)
    try {
      return await mail.next(
        AbortSignal.any([stop, session.over, ...(patience === undefined ? [] : [patience.signal])]),
      )
    } catch (error) {
      if (patience !== undefined && error === patience.signal.reason)
        throw new SessionOver('it was not accepted')
      throw error
    } finally {
      patience?.stop()
    }
  }

  const finish = async (news: Ending, signal: AbortSignal): Promise<Json> => {
    if (news.kind === 'failed') throw new TaskFailed(news.error, news.cause)
    try {
      await kept.fetch(news.output, signal)
      return news.output
    } catch (error) {
      if (signal.aborted && error === call.signal.reason) throw error
      throw unread(url, id, error instanceof Error ? error.message : String(error))
    }
  }

  /** Submits on one session after the other until it has ended. */
  const work = async (): Promise<Json> => {
    for (let failed = 0; ; ) {
      const session = await connect()
      try {
        ending = await submit(session)
        if (ending !== undefined) return await finish(ending, stop)
      } catch (error) {
        box.heard = false
        if (error instanceof DataStuck && ++failed >= limits.attempts) throw refused(url, error.message)
        if (!(error instanceof SessionOver) && !(error instanceof DataStuck)) throw error
        await clock.sleep(failed === 0 ? jittered(200, random) : pauseBefore(failed, random), stop)
      }
    }
  }

  /** Asks the bridge to cancel it, and gives it a grace for what it still answers. */
  const lastWord = async (): Promise<Json> => {
    const grace = bound(clock, limits.graceMs)
    const { reason } = call.signal
    try {
      while (ending === undefined) {
        const session = await link.session(grace.signal)
        link.send(session, { kind: 'cancel', id, ...said(reason) })
        ending = await untilEnd(mail, AbortSignal.any([grace.signal, session.over]))
      }
      return await finish(ending, grace.signal)
    } catch (error) {
      throw error instanceof TaskFailed ? error : reason
    } finally {
      grace.stop()
    }
  }

  void beat(box, clock, limits.beatMs, over.signal)
  try {
    return await work()
  } catch (error) {
    if (call.signal.aborted && error === call.signal.reason) {
      if (given && !(error instanceof JobLeft)) return await lastWord()
      throw error
    }
    if (time.signal.aborted && error === time.signal.reason)
      throw given ? lost(url, id, link.why) : (turnedAway ?? outOfReach())
    throw error
  } finally {
    time.stop()
    over.abort()
  }
}

/** Answers nothing when the session ends first. */
async function untilEnd(mail: Mail, signal: AbortSignal): Promise<Ending | undefined> {
  try {
    for (;;) {
      const news = await mail.next(signal)
      if (news.kind === 'answer' || news.kind === 'failed') return news
    }
  } catch (error) {
    if (error instanceof SessionOver) return undefined
    throw error
  }
}

/** While the bridge can't be heard, or has it waiting, it is us who are at it. */
async function beat(box: Box, clock: Clock, every: number, over: AbortSignal): Promise<void> {
  try {
    for (;;) {
      await clock.sleep(every, over)
      if (!box.heard) box.call.heartbeat()
    }
  } catch (error) {
    if (!over.aborted) throw error
  }
}

function said(reason: unknown): { readonly reason?: string } {
  return reason instanceof Error ? { reason: reason.message.slice(0, 1_000) } : {}
}
