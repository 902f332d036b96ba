import { messageIn } from '../core/errors.ts'
import type { Json } from '../core/json.ts'
import { ExecutionCancelled, ExecutionFailed } from '../core/runtime.ts'
import { type SpillStore, unspill } from '../core/spill.ts'
import type { ExecutionResult } from '../executor/index.ts'
import type { LocalInvoke } from './invoke.ts'

/** The pipeline's answer, or the error that says why there is none. `invoke` knows more, when it was executed here. */
export async function conclude(
  ended: ExecutionResult,
  name: string,
  store: SpillStore,
  invoke?: LocalInvoke,
): Promise<unknown> {
  if (ended.status === 'SUCCEEDED') return unspill(ended.output, store)
  const { error = 'States.Runtime', cause = '' } = ended
  if (ended.status === 'ABORTED') {
    const late: readonly Json[] = invoke?.late ?? []
    const partial = await Promise.all(late.map(one => unspill(one, store)))
    throw new ExecutionCancelled(name, cause || error, partial.at(-1))
  }
  const thrown = invoke?.thrown(error, cause)
  throw new ExecutionFailed(`${name} failed: ${error}: ${messageIn(cause)}`, {
    error,
    execution: name,
    ...(thrown ? { cause: thrown } : {}),
  })
}
