import type { Json } from '../../core/json.ts'
import { nextFirings } from '../../core/schedule/firings.ts'
import type { KeptFiring } from '../../core/schedule/kept.ts'
import { type Schedule, scheduleExpression } from '../../core/schedule.ts'

/** A schedule, and the name of the flow that it starts. */
export interface Named {
  readonly schedule: Schedule
  readonly flow: string
}

/** How a schedule stands, for people and programs. Times are ISO 8601. */
export type ScheduleStatus = {
  readonly name: string
  readonly flow: string
  /** As EventBridge Scheduler writes it. */
  readonly when: string
  readonly timezone: string
  readonly enabled: boolean
  /** Absent where there is none any more. */
  readonly next?: string
  readonly last?: {
    readonly due: string
    readonly code: string
    readonly count: number
    readonly execution?: string
    readonly carried?: string
    readonly problem?: string
  }
} & { readonly [key: string]: Json }

/** When a schedule fires, as text: what it is recognised by after a restart. */
export function declaredAs({ when }: Schedule): string {
  const { expression, timezone } = scheduleExpression(when)
  return `${expression} ${timezone}`
}

/**
 * Says how a schedule stands. `after` is from when on it counts, in milliseconds since the epoch, and absent where that is
 * not kept yet.
 */
export function scheduleStatus(
  name: string,
  { schedule, flow }: Named,
  after: number | undefined,
  last: KeptFiring | undefined,
): ScheduleStatus {
  const { expression, timezone } = scheduleExpression(schedule.when)
  const { enabled } = schedule.options
  const next = enabled && after !== undefined ? nextFirings(schedule.when, after, 1)[0] : undefined
  return {
    name,
    flow,
    when: expression,
    timezone,
    enabled,
    ...(next === undefined ? {} : { next: new Date(next).toISOString() }),
    ...(last === undefined ? {} : { last: lastOf(last) }),
  }
}

function lastOf({ due, code, count, start }: KeptFiring): NonNullable<ScheduleStatus['last']> {
  return {
    due: new Date(due).toISOString(),
    code,
    count,
    ...(start === undefined ? {} : { execution: start.key, carried: start.carried }),
    ...(start?.problem === undefined ? {} : { problem: start.problem }),
  }
}
