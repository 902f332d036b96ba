import { neutraliseLine } from '../../operations/output/format/neutralise.ts'
import type { CommandContext } from '../context.ts'
import { openLiveLine } from '../live/live-line.ts'
import type { Performed } from '../session/perform.ts'
import { openPrinter } from '../session/printer.ts'
import { settle } from '../session/settle.ts'
import { cloudExecution, LeftRunning } from './execution.ts'
import { watchLeaving } from './leave.ts'
import type { DeployedCloud } from './open.ts'
import { watchEvents } from './watch.ts'

export interface FollowFlags {
  readonly json: boolean
  readonly quiet: boolean
}

/** An execution that was begun in the cloud. */
export interface Begun {
  readonly id: string
  readonly name: string
  /** Events up to this id were told before it was redriven. */
  readonly after?: number
}

/** Follows an execution in the cloud as one here is followed, prints how it ended, and answers that. */
export async function followCloud(
  context: CommandContext,
  { aws, store }: DeployedCloud,
  begun: Begun,
  { json, quiet }: FollowFlags,
): Promise<Performed> {
  const line = openLiveLine(context.stderr, !json && !quiet && context.env.TERM !== 'dumb')
  const printer = openPrinter(context, { json, quiet, before: line.hide })
  const leaving = watchLeaving(context, {
    name: begun.name,
    cancel: reason => execution.cancel(reason),
    pause: line.pause,
    say: printer.notice,
    silent: json,
  })
  const { left } = leaving
  const onEvent = watchEvents(line, printer, store)
  const notice = (text: string) => printer.notice(neutraliseLine(text))
  const options = { store, left, after: begun.after ?? 0, notice, onEvent }
  const execution = cloudExecution(aws, begun, options)
  try {
    const ended = await settle(async () => execution, { line, store })
    if (ended.error instanceof LeftRunning) return { left: begun.name, status: leaving.status ?? 1 }
    line.stop()
    printer.ended(ended)
    return { ended, status: leaving.status }
  } finally {
    line.stop()
    leaving.stop()
  }
}
