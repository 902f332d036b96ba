import { ReopsError } from '../errors.ts'

/** A sensor that can't be read as it is declared; `field` says which part of it. */
export class InvalidSensor extends ReopsError {
  override readonly name = 'InvalidSensor'
  override readonly slug = 'invalid-sensor'

  constructor(sensor: string, field: string, problem: string) {
    super(`sensor ${JSON.stringify(sensor)}: ${field}: ${problem}`, { detail: { sensor, field } })
  }
}
