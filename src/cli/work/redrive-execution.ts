import type { Execution } from '../../core/runtime.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { findExecution } from '../executions/find.ts'
import { knownFlows } from '../executions/flows.ts'
import { withExecutions } from '../executions/open.ts'
import { statusWord } from '../executions/status.ts'
import { perform } from '../session/perform.ts'
import { UsageError } from '../usage-error.ts'

/** Goes on with an execution from where it failed, here and now, and answers the exit status as `run` does. */
export async function redriveExecution(context: CommandContext, args: Args, word: string): Promise<number> {
  const { loaded, name, flow } = await withExecutions(context, args, async ({ store, loaded }) => {
    const { name, flow, status } = findExecution(store, word)
    if (status === 'SUCCEEDED' || status === 'RUNNING')
      throw new UsageError(
        `${name} is ${status === 'RUNNING' ? 'still running' : statusWord(status)}; only one that failed, timed out or was aborted is redriven`,
      )
    return { loaded, name, flow }
  })
  return perform(context, args, { flow }, async () => {
    const flows = await knownFlows(loaded)
    return {
      loaded,
      flows,
      begin: async (runtime, signal) => cancelledBy(signal, await runtime.redrive(name, flows)),
    }
  })
}

function cancelledBy<O>(signal: AbortSignal, execution: Execution<O>): Execution<O> {
  const cancel = () => execution.cancel(signal.reason instanceof Error ? signal.reason.message : undefined)
  if (signal.aborted) cancel()
  else signal.addEventListener('abort', cancel, { once: true })
  return execution
}
