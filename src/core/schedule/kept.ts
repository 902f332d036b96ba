import type { Json } from '../json.ts'

/** From when on a schedule counts, as it is kept between processes. */
export interface ScheduleState {
  readonly name: string
  /** When it fires, as text: a schedule that is declared otherwise than before begins anew. */
  readonly declared: string
  /** Its last time that was decided, or when it was first kept; milliseconds since the epoch. */
  readonly after: number
}

/**
 * What was decided about a time of a schedule.
 *
 * | code | |
 * |---|---|
 * | `fire` | its flow is started |
 * | `missed` | nobody was there, and it is left out |
 * | `late` | nobody was there, and one firing makes up for all that was missed |
 * | `overlap` | the execution of the time before goes on, and it is left out |
 */
export type FiringCode = 'fire' | 'missed' | 'late' | 'overlap'

/** A time of a schedule, and what was decided about it. Times are milliseconds since the epoch. */
export interface KeptFiring {
  readonly schedule: string
  /** Its time; of several that were missed together, the last. */
  readonly due: number
  /** When it was decided. */
  readonly at: number
  readonly code: FiringCode
  /** How many times of the schedule it stands for. */
  readonly count: number
  /** Where something is started. */
  readonly start?: KeptStart | undefined
}

/** Something that was decided to be started, under a name that its schedule and its time make: it is started once. */
export interface KeptStart {
  /** The name of the execution. */
  readonly key: string
  /** The name of the flow. */
  readonly flow: string
  readonly input: Json
  /** It is journalled as `decided`, and what became of it is added. */
  readonly carried: 'decided' | 'started' | 'failed' | 'lapsed'
  /** Why it failed or lapsed. */
  readonly problem?: string | undefined
}

/** Keeps what schedules have done. What reads answers at once. */
export interface ScheduleStore {
  states(): readonly ScheduleState[]
  /** Resolves once all is written, in one transaction: nothing is started that is not written. */
  save(state: ScheduleState, firings?: readonly KeptFiring[]): Promise<void>
  /** Forgets from when on a schedule counts; what it has done stays. */
  forget(name: string): Promise<void>
  /** Says what became of a start. */
  settle(key: string, how: Pick<KeptStart, 'carried' | 'problem'>): Promise<void>
  /** Starts that were decided and of which nothing more is known, oldest first. */
  unsettled(): readonly KeptFiring[]
  /** Newest first. */
  firings(filter: {
    readonly schedule?: string | undefined
    /** Those that started something, only. */
    readonly started?: boolean | undefined
    readonly limit?: number | undefined
  }): readonly KeptFiring[]
  /** Removes what was decided before then, and answers how much that was; starts without an end stay. */
  prune(before: number): Promise<number>
  close(): Promise<void>
}
