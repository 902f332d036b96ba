import { ReopsError } from '../core/errors.ts'
import { settle } from '../core/operation/settle.ts'
import type { Definition } from '../core/step.ts'
import type { Desk } from '../core/task.ts'
import { isClosure } from './fate.ts'

/** A pipeline that was typed in a process that has ended came to a function of that process. */
class PipelineGone extends ReopsError {
  override readonly name = 'PipelineGone'
  override readonly slug = 'pipeline-gone'
}

/** Finds the tasks of a pipeline without a name, whose process has ended: operations by their names, no functions. */
export function findWithout(known: Iterable<Definition>): Desk['find'] {
  const definitions = new Map([settle, ...known].map(definition => [definition.name, definition]))
  return request => {
    const definition = definitions.get(request.operation)
    if (definition !== undefined && !isClosure(request)) return { definition, closure: undefined }
    throw new PipelineGone(
      `${request.step} calls ${isClosure(request) ? 'a function' : `the operation ${request.operation}`} of a pipeline that had no name, and the process in which it was written has ended; give the pipeline a name in flows/index.ts and run it again`,
      { detail: { step: request.step, operation: request.operation } },
    )
  }
}
