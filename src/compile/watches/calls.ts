import type { Retrier } from '../../core/asl.ts'

/** Seconds of one call of AWS. */
export const callSeconds = 30

/** Characters of what something failed by. */
export const words = 500

/** Throttling and moments in which AWS is not itself: about a minute and a half of them. */
export const busy = {
  ErrorEquals: ['States.ALL'],
  IntervalSeconds: 2,
  MaxAttempts: 6,
  BackoffRate: 2,
  MaxDelaySeconds: 30,
  JitterStrategy: 'FULL',
} as const satisfies Retrier

/** By which the function knows again who was promised a look. */
export const execution = '$states.context.Execution.Name'
