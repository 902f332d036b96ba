import { isRecord } from '../core/json.ts'
import { refuseField } from './validate-jsonpath.ts'

type Fields = Readonly<Record<string, unknown>>

/** The fields of what stands in a state's lists. */
const parts: Readonly<Record<string, readonly string[]>> = {
  Retry: [
    'ErrorEquals',
    'IntervalSeconds',
    'MaxAttempts',
    'BackoffRate',
    'MaxDelaySeconds',
    'JitterStrategy',
    'Comment',
  ],
  Catch: ['ErrorEquals', 'Next', 'Assign', 'Output', 'Comment'],
  Choices: ['Condition', 'Next', 'Assign', 'Output', 'Comment'],
}

/** The fields that don't belong where they are. */
export function* unknownFields(fields: Fields, known: readonly string[], where: string): Generator<string> {
  for (const field of Object.keys(fields)) {
    if (!known.includes(field))
      yield `${where}: ${refuseField(field, undefined) ?? `there is no field ${field}`}`
  }
}

/** Retriers, catchers and rules, one by one. */
export function* checkParts(state: Fields): Generator<string> {
  for (const [list, known] of Object.entries(parts)) {
    const given = state[list]
    if (!Array.isArray(given)) continue
    for (const [index, part] of given.entries())
      if (isRecord(part)) yield* unknownFields(part, known, `${list}[${index}]`)
  }
}

/** The numbers of a retrier, as AWS bounds them. */
export function* checkRetriers(state: Fields): Generator<string> {
  const retriers = Array.isArray(state.Retry) ? state.Retry : []
  for (const [index, retrier] of retriers.entries()) {
    if (!isRecord(retrier)) continue
    const at = `Retry[${index}]`
    const {
      IntervalSeconds: interval = 1,
      MaxAttempts: attempts,
      BackoffRate: rate,
      MaxDelaySeconds: most,
    } = retrier
    if (!isWhole(interval, 1)) yield `${at}: IntervalSeconds must be a whole number from 1`
    if (attempts !== undefined && !isWhole(attempts, 0))
      yield `${at}: MaxAttempts must be a whole number from 0`
    if (rate !== undefined && !(typeof rate === 'number' && rate >= 1))
      yield `${at}: BackoffRate must be 1 or more`
    if (most !== undefined && !(isWhole(most, 1) && typeof interval === 'number' && most > interval))
      yield `${at}: MaxDelaySeconds must be a whole number above IntervalSeconds`
    if (retrier.JitterStrategy !== undefined && !['FULL', 'NONE'].includes(retrier.JitterStrategy as string))
      yield `${at}: JitterStrategy must be FULL or NONE`
  }
}

function isWhole(value: unknown, from: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= from
}
