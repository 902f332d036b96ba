import { ReopsError } from '../errors.ts'

/** A switch was declared that can't be. */
export class InvalidWemo extends ReopsError {
  override readonly name = 'InvalidWemo'
  override readonly slug = 'invalid-wemo'

  constructor(wemo: string, field: string, problem: string) {
    super(`wemo ${JSON.stringify(wemo)}: ${field}: ${problem}`, { detail: { wemo, field } })
  }
}
