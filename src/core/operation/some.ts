import { UnexpectedData } from '../errors.ts'
import { isOutcome, type Outcome } from '../outcome.ts'

/**
 * A predicate on an outcome: true when the value of at least one host that succeeded fits. For `when`, `choose`
 * and `poll`.
 *
 * @example
 * pipe(exec(closet, 'sensors -u'), when(some(value => value.stdout.includes('ALARM'))), pretty())
 */
export function some<T>(fits: (value: T, host: string) => boolean): (outcome: Outcome<any, T>) => boolean {
  const test = (outcome: Outcome<any, T>) => {
    if (!isOutcome(outcome))
      throw new UnexpectedData(`some looks at an outcome; it was given ${typeof outcome}`)
    return outcome.successful.some(success => fits(success.value as T, success.host))
  }
  Object.defineProperty(test, 'name', { value: `some ${fits.name}`.trim() })
  return test
}
