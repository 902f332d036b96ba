import type { ExecutionEvent } from '../../core/runtime.ts'
import { unspill } from '../../core/spill.ts'
import { describeStarted } from '../../run/aws/executions.ts'
import { followHistory, historyOf, isEnd } from '../../run/aws/history.ts'
import { notice } from '../bridge/print.ts'
import { withoutColor } from '../color.ts'
import type { Args } from '../command.ts'
import { type CommandContext, interruptStatus } from '../context.ts'
import { exitStatus } from '../executions/status.ts'
import { TimelineBuilder } from '../history/build.ts'
import { fromEvent } from '../history/entry.ts'
import { eventLine } from '../history/event-line.ts'
import { given } from '../parse.ts'
import { styleFor } from '../session/printer.ts'
import { untilLeft } from '../until-left.ts'
import { findCloudExecution } from './find.ts'
import { withCloud } from './open.ts'

/**
 * Prints the events of an execution in the cloud, a line each. With `--follow` it goes on until the execution ends, and
 * answers how it did as the exit status; Ctrl-C ends the watching and not the execution.
 */
export function tellCloudEvents(context: CommandContext, args: Args, word: string): Promise<number> {
  return withCloud(context, args, async ({ aws, stack, store }) => {
    const { id } = await findCloudExecution(aws, stack, word)
    const tell = teller(context, args)
    if (!given(args, 'follow')) {
      for await (const event of historyOf(aws, id)) tell(event)
      return 0
    }
    const watching = untilLeft(context)
    const tellTrouble = (text: string) => notice(context, text)
    try {
      let over = false
      for await (const event of followHistory(aws, id, { signal: watching.left, notice: tellTrouble })) {
        tell(event)
        over = isEnd(event)
      }
      if (!over) return watching.status ?? interruptStatus.SIGINT
      const { status, output } = await describeStarted(aws, id)
      return exitStatus(status, output === undefined ? undefined : await unspill(output, store))
    } finally {
      watching.stop()
    }
  })
}

function teller(context: CommandContext, args: Args): (event: ExecutionEvent) => void {
  const own = given(args, 'no-color') ? withoutColor(context) : context
  const style = styleFor(own, own.stdout)
  const builder = new TimelineBuilder()
  return event => {
    if (given(args, 'json')) return void context.stdout.write(`${JSON.stringify(event)}\n`)
    const read = fromEvent(event, event.id)
    const visit = builder.add(read)
    context.stdout.write(`${eventLine(read, visit, builder.root.startedAt, style)}\n`)
  }
}
