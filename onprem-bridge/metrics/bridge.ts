import type { JobState } from '../../src/core/jobs.ts'
import {
  type Counter,
  createRegistry,
  type Histogram,
  type Registry,
} from '../../src/run/metrics/registry.ts'

/** What the bridge can be asked for its metrics. Each is called when somebody scrapes, and has to be quick. */
export interface BridgeReadings {
  /** Jobs that are kept, by state. */
  jobs(): Readonly<Record<JobState, number>>
  /** Jobs that wait and jobs at work in this process. */
  queue(): { readonly waiting: number; readonly running: number }
  /** Sessions that are open, by the role of their key; strangers are those who may only enrol. */
  sessions(): Readonly<Record<string, number>>
  agentsConnected(): number
  /** Since the process began. */
  garbageFrames(): number
  handshakeFailures(): number
  /** Answers that Step Functions does not have yet, and seconds since the longest waiting was ready. */
  outbox(): { readonly waiting: number; readonly oldestSeconds: number }
  audit(): { readonly seq: number; readonly trouble: boolean; readonly waiting: number }
  keyring(): { readonly live: number; readonly tokens: number; readonly trouble: boolean }
}

/** What the bridge counts as it happens. */
export interface BridgeMetrics {
  readonly registry: Registry
  /** A job, a session or a message was refused; `reason` is one of a few words of ours. */
  readonly refused: Counter
  /** Seconds from a job's acceptance to its end, by `state`. */
  readonly jobSeconds: Histogram
}

const jobSecondsBounds = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600]

/** The bridge's metrics, all named `reops_bridge_…`. */
export function bridgeMetrics(readings: BridgeReadings): BridgeMetrics {
  const registry = createRegistry()
  const name = (rest: string) => `reops_bridge_${rest}`
  const gauge = (rest: string, help: string, read: () => number) =>
    registry.reads('gauge', name(rest), help, () => [{ value: read() }])
  const counter = (rest: string, help: string, read: () => number) =>
    registry.reads('counter', name(rest), help, () => [{ value: read() }])
  const each = (rest: string, help: string, label: string, read: () => Readonly<Record<string, number>>) =>
    registry.reads('gauge', name(rest), help, () =>
      Object.entries(read()).map(([text, value]) => ({ labels: { [label]: text }, value })),
    )
  const startedAt = Date.now() / 1_000 - process.uptime()

  each('jobs', 'Jobs that are kept, by state.', 'state', readings.jobs)
  gauge('queue_waiting', 'Jobs that wait.', () => readings.queue().waiting)
  gauge('queue_running', 'Jobs at work.', () => readings.queue().running)
  each('sessions', 'Sessions that are open, by the role of their key.', 'role', readings.sessions)
  gauge('agents_connected', 'Agents that are registered and connected.', readings.agentsConnected)
  counter('garbage_frames_total', 'Frames that were no message and were dropped.', readings.garbageFrames)
  counter('handshake_failures_total', 'Handshakes that failed or were refused.', readings.handshakeFailures)
  gauge('outbox_waiting', 'Answers that Step Functions does not have yet.', () => readings.outbox().waiting)
  gauge(
    'outbox_oldest_seconds',
    'Seconds that the oldest of them has waited.',
    () => readings.outbox().oldestSeconds,
  )
  counter('audit_entries_total', 'Entries of the audit log.', () => readings.audit().seq)
  gauge('audit_waiting', 'Events that wait to be written into the audit log.', () => readings.audit().waiting)
  gauge('audit_trouble', '1 while the audit log can not be written.', () => Number(readings.audit().trouble))
  gauge('keys_live', 'Keys that the keyring lets in.', () => readings.keyring().live)
  gauge('enrolment_tokens', 'Tokens that can still be redeemed.', () => readings.keyring().tokens)
  gauge('keyring_trouble', '1 while the keyring can not be read.', () => Number(readings.keyring().trouble))
  gauge('start_time_seconds', 'When the process began, in seconds since the epoch.', () => startedAt)
  gauge('resident_memory_bytes', 'Memory of the process.', () => process.memoryUsage.rss())
  return {
    registry,
    refused: registry.counter(name('refused_total'), 'What was refused, by reason.'),
    jobSeconds: registry.histogram(
      name('job_seconds'),
      'Seconds from acceptance to end, by state.',
      jobSecondsBounds,
    ),
  }
}
