import type { Execution } from '../../core/runtime.ts'
import { ExecutionCancelled } from '../../core/runtime.ts'
import { neutraliseLine, outcomesIn, someFailed, summarize } from '../../operations/output/format/index.ts'
import { hasState } from '../../run/shared-database.ts'
import { withoutColor } from '../color.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { knownFlows } from '../executions/flows.ts'
import { given } from '../parse.ts'
import { configuration } from '../session/configuration.ts'
import { sessionFlags } from '../session/flags.ts'
import { watchInterrupts } from '../session/interrupts.ts'
import { openSession } from '../session/session.ts'

/** How an execution that was gone on with ended. */
interface Resumed {
  readonly name: string
  readonly status: 'succeeded' | 'failed' | 'cancelled'
  readonly error?: string
}

/** Goes on with every execution whose process is gone, here, until all of them have ended. */
export async function resumeExecutions(context: CommandContext, args: Args): Promise<number> {
  const json = given(args, 'json')
  const own = given(args, 'no-color') || json ? withoutColor(context) : context
  const loaded = await configuration(context, args)
  if (!hasState(loaded)) return tell(own, json, [])
  const flows = await knownFlows(loaded)
  const session = openSession(own, { ...sessionFlags(args), loaded, flows })
  const interrupts = watchInterrupts(own, session.printer.notice)
  try {
    const executions = await session.runtime.resumeAbandoned(flows)
    if (executions.length > 0)
      session.printer.notice(`going on with ${executions.map(({ name }) => neutraliseLine(name)).join(', ')}`)
    const cancel = () => {
      for (const execution of executions) execution.cancel((interrupts.signal.reason as Error).message)
    }
    if (interrupts.signal.aborted) cancel()
    else interrupts.signal.addEventListener('abort', cancel, { once: true })
    const status = tell(own, json, await Promise.all(executions.map(endOf)))
    return interrupts.status ?? status
  } finally {
    await session.close()
    interrupts.stop()
  }
}

async function endOf({ name, result }: Execution<unknown>): Promise<Resumed> {
  try {
    const failed = someFailed(summarize(outcomesIn(await result())))
    return failed
      ? { name, status: 'failed', error: 'some hosts failed; reops show says which' }
      : { name, status: 'succeeded' }
  } catch (error) {
    const status = error instanceof ExecutionCancelled ? 'cancelled' : 'failed'
    return { name, status, error: error instanceof Error ? error.message : String(error) }
  }
}

function tell({ stdout }: CommandContext, json: boolean, resumed: readonly Resumed[]): number {
  const lines = resumed.map(({ name, status, error }) =>
    neutraliseLine(`${name}  ${status}${error === undefined ? '' : `: ${error}`}`),
  )
  if (json) stdout.write(`${JSON.stringify({ executions: resumed }, null, 2)}\n`)
  else stdout.write(`${lines.length === 0 ? 'nothing was left behind' : lines.join('\n')}\n`)
  return resumed.every(({ status }) => status === 'succeeded') ? 0 : 1
}
