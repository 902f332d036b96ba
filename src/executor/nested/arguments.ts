import type { Json } from '../../core/json.ts'
import { ErrorName, TaskError } from '../errors.ts'

/** What `states:startExecution` takes. */
interface StartArguments {
  readonly stateMachineArn: string
  readonly input: Json
  readonly name: string | undefined
}

const fields = new Set(['StateMachineArn', 'Input', 'Name', 'TraceHeader'])

/**
 * Reads the arguments of a Task that starts an execution. Without an Input it is `{}`, and a text that is JSON is
 * read as what it says, as AWS hands it on as it is.
 *
 * @throws TaskError `States.Runtime`, which nothing catches, as AWS has it for arguments that can't be used
 */
export function parseStart(given: Json): StartArguments {
  const record =
    typeof given === 'object' && given !== null && !Array.isArray(given)
      ? (given as Record<string, Json>)
      : {}
  const { StateMachineArn: arn, Input: input = {}, Name: name } = record
  if (arn === undefined) throw unusable(given, "The field 'StateMachineArn' is required but was missing")
  if (typeof arn !== 'string')
    throw unusable(given, "The value for the field 'StateMachineArn' must be a STRING")
  if (name !== undefined && (typeof name !== 'string' || name === ''))
    throw unusable(given, "The value for the field 'Name' must be a STRING")
  const unknown = Object.keys(record).find(field => !fields.has(field))
  if (unknown !== undefined)
    throw unusable(given, `The field '${unknown}' is not supported by Step Functions`)
  return { stateMachineArn: arn, input: inputOf(input), name }
}

function inputOf(given: Json): Json {
  if (given === null) return {}
  if (typeof given !== 'string') return given
  try {
    return JSON.parse(given) as Json
  } catch {
    // Not JSON but a text, which is JSON's too.
    return given
  }
}

function unusable(given: Json, why: string): TaskError {
  return new TaskError(
    ErrorName.runtime,
    `The Arguments '${JSON.stringify(given)}' could not be used to start the Task: [${why}]`,
  )
}
