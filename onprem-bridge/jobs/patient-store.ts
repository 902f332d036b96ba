import { ReopsError } from '../../src/core/errors.ts'
import type { Clock } from '../../src/core/ports.ts'
import type { SpillStore } from '../../src/core/spill.ts'
import { pauseAfter } from './backoff.ts'

/** An answer was given, and there is no space for it. */
class AnswerUnkept extends ReopsError {
  override readonly name = 'AnswerUnkept'
  override readonly retryable = true

  constructor(cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(
      `an answer can't be kept: ${why}; free some space where the state folder is. It is written as soon as it can be`,
      { cause },
    )
  }
}

export interface PatientParts {
  readonly clock: Clock
  readonly random: () => number
  /** Ends the trying. */
  readonly signal: AbortSignal
  /** Hears what keeps it from being written. */
  readonly trouble: (error: unknown) => void
}

/**
 * A store in which what a handler has answered is put for as long as it takes: its work is done, and that there was no
 * space for the answer is no reason to call it failed, by which a change would be done again.
 */
export function patientStore<S extends SpillStore>(store: S, parts: PatientParts): S {
  const { clock, random, signal, trouble } = parts
  return {
    ...store,
    async put(json) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await store.put(json)
        } catch (error) {
          if (signal.aborted) throw error
          trouble(new AnswerUnkept(error))
          await clock.sleep(pauseAfter(attempt, random), signal).catch(() => {})
        }
      }
    },
  }
}
