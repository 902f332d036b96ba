import * as z from 'zod'
import type { Duration } from '../../../core/duration.ts'
import type { OrRef } from '../../../core/ref.ts'
import { duration } from '../../remote/arguments.ts'

/** A length of time that may be none, kept as seconds. */
export const span = z.union([z.literal(0), duration])

/** What every operation on systems may be told. */
export interface JobOptions {
  /** How long one system may take; the run's own limit when it is left out. */
  readonly timeout?: OrRef<Duration> | undefined
  /** How long to wait for somebody else who is at work on a system; a minute when left out, 0 refuses at once. */
  readonly wait?: OrRef<Duration | 0> | undefined
  /** Systems of one node worked on at once; 8 when left out. */
  readonly perNode?: OrRef<number> | undefined
}

export const jobOptions = {
  timeout: duration.optional(),
  /** Longer than a lease, so that one whose holder died is waited out. */
  wait: span.default(60),
  /** A handful is made side by side, and a hundred don't boot at once: a turn ends when its machine is ready. */
  perNode: z.int().min(1).max(100).default(8),
}

/** `JobOptions` as an operation gets them: seconds. */
export interface JobLimits {
  readonly timeout?: number | undefined
  readonly wait: number
  readonly perNode: number
}

/** What operations may be told that start a machine. */
export interface ReadyOptions {
  /** `false` goes on as soon as the provider says that it runs; otherwise SSH has to answer. */
  readonly ready?: OrRef<boolean> | undefined
}

export const readyOptions = { ready: z.boolean().default(true) }
