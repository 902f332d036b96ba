import { ReopsError } from '../errors.ts'

/** A voice that nobody could speak, or that Alexa would not take; `field` says which part of it. */
export class InvalidVoice extends ReopsError {
  override readonly name = 'InvalidVoice'
  override readonly slug = 'invalid-voice'

  constructor(voice: string, field: string, problem: string, cause?: unknown) {
    super(`voice ${JSON.stringify(voice)}: ${field}: ${problem}`, {
      detail: { voice, field },
      ...(cause === undefined ? {} : { cause }),
    })
  }
}
