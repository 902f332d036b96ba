import { createHash } from 'node:crypto'
import { UnexpectedData } from '../../src/core/errors.ts'
import { parseRequest, type TaskRequest } from '../../src/core/task.ts'

/** The longest that messages to a bridge take for an id. */
const longestId = 300

/**
 * The task of an event, and its job. A task token belongs to one attempt of one state: a state that is retried is another
 * job, and an event that Step Functions or Lambda delivers twice is the same. Throws `UnexpectedData`.
 */
export function jobOf(event: unknown): { readonly id: string; readonly request: TaskRequest } {
  const request = parseRequest(event)
  const { token, execution, step } = request
  if (token === undefined)
    throw new UnexpectedData(
      `${step} wants an answer from the function of the bridge, which only hands tasks over: its state has to wait for a task token`,
    )
  const mark = createHash('sha256').update(token).digest('hex').slice(0, 32)
  return { id: `${execution.name.slice(0, longestId - mark.length - 1)}/${mark}`, request }
}
