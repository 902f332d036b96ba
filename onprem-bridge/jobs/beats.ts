import type { Clock } from '../../src/core/ports.ts'
import type { Peer } from '../../src/transports/zeromq/channel.ts'
import type { JobDesk } from './desk.ts'
import type { Limits } from './limits.ts'
import type { LiveJob } from './live.ts'
import { say } from './say.ts'
import { JobStopped } from './stopped.ts'
import { type TaskTokens, TokenGone } from './tokens.ts'

export interface BeatParts {
  readonly desk: JobDesk
  readonly tokens: TaskTokens | undefined
  readonly clock: Clock
  readonly limits: Pick<Limits, 'beatMs' | 'tokenBeatMs'>
  /** Ends them. */
  readonly signal: AbortSignal
}

/** Ids of one message: so many of the longest fit. */
const idsAtOnce = 500
/** Calls to Step Functions under way. */
const callsAtOnce = 8

/** Says that jobs are alive, those that wait for their turn too: to who waits for them, and to Step Functions. */
export function startBeats({ desk, tokens, clock, limits, signal }: BeatParts): void {
  void every(clock, limits.beatMs, signal, async () => beatPeers(desk.live.values()))
  if (tokens === undefined) return
  void every(clock, limits.tokenBeatMs, signal, () => beatTokens(desk, tokens))
}

/** The next time is counted from the end of this one, so that slow ones don't pile up. */
export async function every(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  act: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(ms, signal).catch(() => {})
    if (!signal.aborted) await act()
  }
}

function beatPeers(jobs: Iterable<LiveJob>): void {
  const heard = new Map<Peer, string[]>()
  for (const { id, at, listeners } of jobs) {
    if (at === 'accepting') continue
    for (const peer of listeners) {
      const ids = heard.get(peer)
      if (ids === undefined) heard.set(peer, [id])
      else ids.push(id)
    }
  }
  for (const [peer, ids] of heard)
    for (let first = 0; first < ids.length; first += idsAtOnce)
      say(peer, { kind: 'heartbeat', ids: ids.slice(first, first + idsAtOnce) })
}

/** A token that nobody waits for any more is how a stopped execution gets here: its job is cancelled. */
async function beatTokens(desk: JobDesk, tokens: TaskTokens): Promise<void> {
  const jobs = [...desk.live.values()].values()
  const lane = async () => {
    for (const job of jobs) {
      if (job.token === undefined || job.at === 'accepting' || job.at === 'ending') continue
      try {
        await tokens.heartbeat(job.token)
      } catch (error) {
        // Without the internet nobody can be told; the answer waits in the outbox, and this is tried again.
        if (!(error instanceof TokenGone)) continue
        desk.stop(job, new JobStopped('Cancelled', `Step Functions waits for this no more (${error.why})`))
      }
    }
  }
  await Promise.all(Array.from({ length: callsAtOnce }, lane))
}
