import { ReopsError } from '../errors.ts'

/** A watch that can't be kept as it is declared; `field` says which part of it. */
export class InvalidWatch extends ReopsError {
  override readonly name = 'InvalidWatch'
  override readonly slug = 'invalid-watch'

  constructor(watch: string, field: string, problem: string) {
    super(`watch ${JSON.stringify(watch)}: ${field}: ${problem}`, { detail: { watch, field } })
  }
}
