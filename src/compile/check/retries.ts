import type { State } from '../../core/asl.ts'
import { CompileRefusal } from './refusal.ts'

const awsDefaultInterval = 1

/** `States.ALL` matches everything, so it stands alone, and last. */
export function checkCatchAll(name: string, state: State): void {
  for (const field of ['Retry', 'Catch'] as const) {
    const list =
      (state as Partial<Record<typeof field, readonly { ErrorEquals: readonly string[] }[]>>)[field] ?? []
    list.forEach(({ ErrorEquals }, index) => {
      if (!ErrorEquals.includes('States.ALL')) return
      if (ErrorEquals.length === 1 && index === list.length - 1) return
      throw new CompileRefusal(
        'misplaced-states-all',
        name,
        `States.ALL stands beside other errors or before other rules of its ${field}; it matches every error, so it stands alone in the last rule`,
      )
    })
  }
}

/** A delay that is capped below its first interval never grows; AWS refuses it. */
export function checkDelays(name: string, state: State): void {
  if (!('Retry' in state)) return
  for (const { MaxDelaySeconds, IntervalSeconds = awsDefaultInterval } of state.Retry ?? []) {
    if (MaxDelaySeconds === undefined || MaxDelaySeconds > IntervalSeconds) continue
    throw new CompileRefusal(
      'max-delay-not-above-interval',
      name,
      `the longest wait between attempts (${MaxDelaySeconds}s) is not above the first one (${IntervalSeconds}s); raise max, or set backoff to 1 for equal waits`,
    )
  }
}

/** Signs of life must come more often than the time that the task has. */
export function checkHeartbeat(name: string, state: State): void {
  if (state.Type !== 'Task') return
  const { HeartbeatSeconds: heartbeat, TimeoutSeconds: timeout = 99_999_999 } = state
  if (typeof heartbeat === 'number' && typeof timeout === 'number') refuseHeartbeat(name, heartbeat, timeout)
}

/** The same for numbers that a state holds only within expressions. */
export function refuseHeartbeat(name: string, heartbeat: number, timeout: number): void {
  if (heartbeat < timeout) return
  throw new CompileRefusal(
    'heartbeat-not-below-timeout',
    name,
    `its heartbeat (${heartbeat}s) is not below its timeout (${timeout}s), so that it could never be missed; lower heartbeatSeconds`,
  )
}
