import * as z from 'zod'
import { type Duration, toSeconds } from './duration.ts'
import { explainIssues } from './errors.ts'
import { executionInput, type Flow, isFlow } from './flow.ts'
import type { Json } from './json.ts'
import { type Runs, runsSchema } from './runs.ts'
import { InvalidSchedule } from './schedule/invalid.ts'
import type { When } from './schedule/when.ts'

export { scheduleExpression, type When } from './schedule/when.ts'

const brand = Symbol.for('re-ops.schedule')

/** A flow that is started by itself. It is declared beside the flow, exported from `flows/index.ts`. */
export interface Schedule {
  readonly [brand]: true
  readonly flow: Flow
  readonly when: When
  /** As the flow's schema parsed it. */
  readonly input: Json
  readonly options: {
    /** Seconds within which it may fire after its time; at once when left out. */
    readonly window?: number
    /** What becomes of a start that did not go through. */
    readonly retry: { readonly attempts: number; readonly maxAgeSeconds: number }
    readonly enabled: boolean
    /** What a daemon does about firings that it was not there for. */
    readonly missed: 'skip' | 'once'
    /** Whether it fires while the execution of the time before goes on. */
    readonly overlap: boolean
    /** Who keeps it; whom the configuration says when left out. */
    readonly runs?: Runs | undefined
  }
}

/** How a schedule is kept. */
export interface ScheduleOptions {
  /** It may fire at any moment of this time after its own, from a minute to a day: whole minutes. */
  readonly window?: Duration
  /** Of starts that did not go through: how often they are tried again (0 to 185) and for how long (a minute to a day). */
  readonly retry?: { readonly attempts?: number; readonly maxAge?: Duration }
  /** `false` keeps it without firing. */
  readonly enabled?: boolean
  /** What a daemon that was down does when it is back: nothing, or one firing for all that it missed. */
  readonly missed?: 'skip' | 'once'
  /** Lets it fire while the execution of the time before goes on; otherwise that firing is left out. */
  readonly overlap?: boolean
  /** Who keeps it: `daemon` or `cloud`; whom the configuration says when left out. */
  readonly runs?: Runs
}

/** AWS's bounds. It tries for a day by default; a start that is an hour late is one that nobody waits for any more. */
const options = z.strictObject({
  window: z.int().min(60).max(86_400).multipleOf(60).optional(),
  retry: z
    .strictObject({
      attempts: z.int().min(0).max(185).default(10),
      maxAgeSeconds: z.int().min(60).max(86_400).default(3_600),
    })
    .prefault({}),
  enabled: z.boolean().default(true),
  missed: z.enum(['skip', 'once']).default('skip'),
  overlap: z.boolean().default(false),
  runs: runsSchema.optional(),
})

/** The input may be left out where the flow's schema fills it in. */
type Rest<I> =
  Record<never, never> extends I
    ? [input?: I, options?: ScheduleOptions]
    : [input: I, options?: ScheduleOptions]

/**
 * Starts a flow by itself: at home by the daemon, or with `runs: 'cloud'` by EventBridge Scheduler. What is wrong with it is said
 * here: `InvalidSchedule` names the field, `InvalidInput` what the flow's schema refuses.
 *
 * @example
 * export const nightly = schedule(listing, every.day('22:00', 'Europe/Berlin'), { path: '/srv' })
 * export const hourly = schedule(listing, every.hours(1), { path: '/' }, { missed: 'once', window: '10m' })
 */
export function schedule<I>(
  flow: Flow<I, unknown>,
  when: When,
  ...[input, said = {}]: Rest<NoInfer<I>>
): Schedule {
  if (!isFlow(flow))
    throw new InvalidSchedule('flow', 'it starts a flow; make one of the pipeline by flow({ … })')
  const parsed = executionInput(
    'schedule',
    flow,
    input ?? {},
    problem => new InvalidSchedule('input', problem),
  )
  return Object.freeze({
    [brand]: true as const,
    flow: flow as Flow,
    when,
    input: parsed,
    options: parseOptions(said),
  })
}

/** Whether a value is a schedule. */
export function isSchedule(value: unknown): value is Schedule {
  return typeof value === 'object' && value !== null && brand in value
}

function parseOptions({ window, retry, ...said }: ScheduleOptions): Schedule['options'] {
  const { maxAge, ...others } = retry ?? {}
  const parsed = options.safeParse({
    ...said,
    ...(window === undefined ? {} : { window: secondsOf(window, 'window') }),
    retry: {
      ...others,
      ...(maxAge === undefined ? {} : { maxAgeSeconds: secondsOf(maxAge, 'retry.maxAge') }),
    },
  })
  if (parsed.success) {
    const { window: seconds, ...rest } = parsed.data
    return { ...rest, ...(seconds === undefined ? {} : { window: seconds }) }
  }
  const [issue] = parsed.error.issues
  const field = issue!.path.map(String).join('.').replace('maxAgeSeconds', 'maxAge') || 'options'
  throw new InvalidSchedule(field, explainIssues(parsed.error.issues.map(one => ({ ...one, path: [] }))))
}

function secondsOf(duration: Duration, field: string): number {
  try {
    return toSeconds(duration, field)
  } catch (cause) {
    throw new InvalidSchedule(field, (cause as Error).message, cause)
  }
}
