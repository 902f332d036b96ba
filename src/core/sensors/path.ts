import { isRecord } from '../json.ts'
import { ownValue } from '../own-value.ts'

/** A path as it may be written: names and numbers between dots. */
export const pathPattern = /^[^.\s]+(\.[^.\s]+)*$/

/**
 * What stands in a message at a path of names and of numbers of lists; nothing where there is none.
 *
 * @example
 * valueAt({ ENERGY: { Power: [12, 80] } }, 'ENERGY.Power.1') // 80
 */
export function valueAt(message: unknown, path: string): unknown {
  let value = message
  for (const name of path.split('.')) {
    if (Array.isArray(value)) value = /^\d{1,9}$/.test(name) ? value[Number(name)] : undefined
    else if (isRecord(value)) value = ownValue(value, name)
    else return undefined
  }
  return value
}
