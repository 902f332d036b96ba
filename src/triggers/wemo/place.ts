import type { ExecutionStatus } from '../../core/executions.ts'

export type OnOff = 'on' | 'off'

/** An execution that a word started. `startedAt` is milliseconds since the epoch. */
export interface Recent {
  readonly name: string
  readonly status: ExecutionStatus
  readonly startedAt: number
}

/** The execution of a word. */
export interface Begun {
  readonly key: string
  /** When the word was first heard, in milliseconds since the epoch. */
  readonly at: number
  /** False where it was there: the same was heard before, by another way. */
  readonly fresh: boolean
}

/** Where the flows of a switch execute: here, or in AWS. */
export interface Place {
  /** Starts what a word means, or finds what was started by the same utterance. Rejects when neither can be. */
  start(state: OnOff, now: number, signal: AbortSignal): Promise<Begun>
  /** What the words of a state came to, the newest first. Absent where it is not kept. */
  readonly recent?: ((state: OnOff, signal: AbortSignal) => Promise<readonly Recent[]>) | undefined
  /** Milliseconds after a word within which it is the same again, whoever else hears words too. */
  readonly sameMs: number
}

export function otherThan(state: OnOff): OnOff {
  return state === 'on' ? 'off' : 'on'
}
