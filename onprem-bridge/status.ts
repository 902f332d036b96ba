import type { JobStore } from '../src/core/jobs.ts'
import { isLive } from '../src/run/bridge/keyring/schema.ts'
import type { Keyring } from '../src/run/bridge/keyring/watch.ts'
import type { BridgeStatus } from '../src/run/bridge/status.ts'
import { version } from '../src/run/version.ts'
import type { AuditLog } from '../src/state/audit/log.ts'
import type { Listener } from '../src/transports/zeromq/listen.ts'
import type { Hub } from './agents/hub.ts'
import type { Jobs } from './jobs/index.ts'

/** A place where sessions come, and what for. */
export interface Place {
  readonly for: string
  readonly listener: Listener
}

export interface StatusParts {
  readonly key: string
  readonly startedAt: number
  readonly places: readonly Place[]
  readonly jobs: Jobs
  readonly hub: Hub
  readonly keyring: Keyring
  readonly audit: AuditLog
  readonly store: JobStore
}

/** Milliseconds that an answer for Step Functions may wait before somebody should look. */
const lateMs = 600_000

/** What is listed of sessions and agents at most: the answer is one message. */
const most = 500

export function statusOf(parts: StatusParts): BridgeStatus {
  const { key, startedAt, places, jobs, hub, keyring, audit, store } = parts
  const { jobs: byState, limits } = jobs.status()
  const oldestAt = oldestAnswerAt(store)
  return {
    version: version(),
    startedAt,
    key,
    endpoints: places.map(({ for: what, listener }) => ({
      for: what,
      at: listener.endpoint,
      up: listener.connected,
    })),
    jobs: byState,
    queue: { waiting: byState.queued, running: byState.running, limit: limits.waiting },
    sessions: places.flatMap(({ listener }) =>
      listener.peers.slice(0, most).map(({ identity, since }) => ({
        name: identity?.name ?? 'stranger',
        role: identity?.role ?? 'none',
        since,
      })),
    ),
    agents: hub
      .agents()
      .slice(0, most)
      .map(({ facts, open: _, ...agent }) => ({
        ...agent,
        ...(facts?.os.name ? { os: facts.os.name } : {}),
      })),
    ...(store.waiting() > 0 || oldestAt !== undefined
      ? { outbox: { waiting: store.waiting(), ...(oldestAt === undefined ? {} : { oldestAt }) } }
      : {}),
    keyring: {
      live: liveKeys(keyring),
      tokens: keyring.outstandingTokens(),
    },
    audit: { ...audit.head, waiting: audit.waiting },
    troubles: [...troublesOf(parts)],
  }
}

/** When the answer was ready that has waited longest for Step Functions, if any waits. */
export function oldestAnswerAt(store: Pick<JobStore, 'due'>): number | undefined {
  return store.due(Number.MAX_SAFE_INTEGER, 1)[0]?.end.endedAt
}

/** How many keys are let in. */
export function liveKeys(keyring: Pick<Keyring, 'keys'>): number {
  return keyring.keys().filter(isLive).length
}

/** What is the matter, each as a sentence. */
export function troublesOf({ places, keyring, audit, store, jobs }: StatusParts): readonly string[] {
  const away = places.filter(({ listener }) => !listener.connected)
  const oldestAt = oldestAnswerAt(store)
  const late = oldestAt !== undefined && Date.now() - oldestAt > lateMs
  return [
    ...away.map(({ for: what, listener }) => `nobody comes for ${what}: ${listener.endpoint} is not reached`),
    ...(audit.trouble === undefined ? [] : [audit.trouble]),
    ...(keyring.trouble === undefined ? [] : [keyring.trouble.message]),
    ...(late ? [`an answer waits for Step Functions since ${new Date(oldestAt).toISOString()}`] : []),
    ...(jobs.status().draining ? ['it is about to end and takes no new jobs'] : []),
  ]
}
