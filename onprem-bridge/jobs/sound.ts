import { UnexpectedData } from '../../src/core/errors.ts'
import type { TaskRequest } from '../../src/core/task.ts'

/**
 * Refuses what fits the messages' schema and would hurt further on: an id that a database or a log would show as another,
 * and data that is nested so deep that whoever walks through it runs out of stack. Throws `UnexpectedData`.
 */
export function checkSound(id: string, request: TaskRequest, depth: number): void {
  if (!id.isWellFormed() || /\p{Cc}/u.test(id))
    throw new UnexpectedData('this is no id of a job: it holds control characters or half a character')
  if (isDeeper(request, depth))
    throw new UnexpectedData(
      `the data of ${JSON.stringify(id)} is nested deeper than ${depth} levels, which a bridge does not take; hand on something flatter`,
    )
}

/** Goes level by level, since recursion is what the depth would exhaust. */
function isDeeper(value: unknown, depth: number): boolean {
  let level: unknown[] = [value]
  for (let at = 0; level.length > 0; at++) {
    if (at > depth) return true
    level = level.flatMap(one => (typeof one === 'object' && one !== null ? Object.values(one) : []))
  }
  return false
}
