import * as z from 'zod'
import type { Duration } from '../../core/duration.ts'
import type { OrRef } from '../../core/ref.ts'
import { duration, milliseconds } from '../remote/arguments.ts'

/** How a host's agent is asked. */
export interface AgentOptions {
  /** How long one host may take; the run's own limit when it is left out. */
  readonly timeout?: OrRef<Duration> | undefined
  /** How long an agent that is not there is waited for, in addition to that. It is unreachable at once when left out. */
  readonly wait?: OrRef<Duration> | undefined
}

/** What `AgentOptions` is as data. */
export const agentOptions = { timeout: duration.optional(), wait: duration.optional() }

/** What every operation that goes by agents shares: whatever transport its hosts name, it takes their agent. */
export const byAgent = {
  via: 'agent',
  timeout: (args: { readonly options: { readonly timeout?: number | undefined } }) =>
    milliseconds(args.options.timeout),
  wait: (args: { readonly options: { readonly wait?: number | undefined } }) =>
    milliseconds(args.options.wait),
} as const

export const justOptions = z.strictObject({ options: z.strictObject(agentOptions).prefault({}) })
