import { type FailureCode, failureCodes, isOutcome, type Outcome } from '../../../core/outcome.ts'
import { paint, type Style } from './style.ts'
import type { Subject } from './subject.ts'
import { formatMilliseconds } from './time.ts'

/**
 * How many hosts there were and what became of them. A host that failed at any step counts as failed, by its last
 * failure; one that a step left out counts as such unless it failed. The numbers add up to `total`.
 */
export interface Summary {
  readonly total: number
  readonly ok: number
  readonly left: number
  readonly failed: Readonly<Partial<Record<FailureCode, number>>>
}

/** What became of one host. */
export type Fate = 'ok' | 'left' | FailureCode

/** Every outcome that data holds: itself, in a list such as `parallel` answers, or in what a gate kept. */
export function outcomesIn(data: unknown): Outcome<unknown, unknown>[] {
  if (isOutcome(data)) return [data]
  if (typeof data !== 'object' || data === null) return []
  return Object.values(data).flatMap(outcomesIn)
}

/** Counts the hosts of all outcomes; a host of several is counted once, by the worst that it met. */
export function summarize(outcomes: readonly Outcome<unknown, unknown>[]): Summary {
  const fates = new Map<string, Fate>()
  for (const { left = [] } of outcomes) for (const { host } of left) fates.set(host, 'left')
  for (const { successful } of outcomes) for (const { host } of successful) fates.set(host, 'ok')
  for (const { failure } of outcomes) for (const { host, code } of failure) fates.set(host, code)
  return count(fates.values())
}

/** Counts what became of hosts. */
export function count(fates: Iterable<Fate>): Summary {
  const counts = new Map<Fate, number>()
  for (const fate of fates) counts.set(fate, (counts.get(fate) ?? 0) + 1)
  const failed = failureCodes.flatMap(code => (counts.has(code) ? [[code, counts.get(code)!] as const] : []))
  return {
    total: [...counts.values()].reduce((sum, one) => sum + one, 0),
    ok: counts.get('ok') ?? 0,
    left: counts.get('left') ?? 0,
    failed: Object.fromEntries(failed),
  }
}

/** Whether a host failed. */
export function someFailed({ failed }: Summary): boolean {
  return Object.keys(failed).length > 0
}

/**
 * The last line: `7 hosts: 5 ok, 1 unreachable, 1 auth (1.2 s)`, or so many systems.
 *
 * @example
 * formatSummary(summarize([outcome]), 1_200, plainStyle)
 */
export function formatSummary(
  summary: Summary,
  ms: number | undefined,
  style: Style,
  subject: Subject = 'host',
): string {
  const failed = Object.entries(summary.failed).map(([code, many]) => paint('red', `${many} ${code}`, style))
  const parts = [
    ...(summary.ok > 0 ? [paint('green', `${summary.ok} ok`, style)] : []),
    ...failed,
    ...(summary.left > 0 ? [`${summary.left} left out`] : []),
  ]
  const time = ms === undefined ? '' : paint('dim', ` (${formatMilliseconds(ms)})`, style)
  if (summary.total === 0) return `no ${subject}s${time}`
  return `${summary.total} ${subject}${summary.total === 1 ? '' : 's'}: ${parts.join(', ')}${time}`
}

/** The last line of a pipeline without hosts: `succeeded (12 ms)`. */
export function formatStatus(status: string, ms: number, style: Style): string {
  const tone = status === 'succeeded' ? 'green' : status === 'failed' ? 'red' : 'yellow'
  return `${paint(tone, status, style)}${paint('dim', ` (${formatMilliseconds(ms)})`, style)}`
}
