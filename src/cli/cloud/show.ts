import type { StateMachine } from '../../core/asl.ts'
import { isRecord, type Json } from '../../core/json.ts'
import type { ExecutionEvent } from '../../core/runtime.ts'
import { unspill } from '../../core/spill.ts'
import { type CloudRecord, definitionOf, describeStarted } from '../../run/aws/executions.ts'
import { followHistory, historyOf } from '../../run/aws/history.ts'
import { notice } from '../bridge/print.ts'
import { withoutColor } from '../color.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { reportLines } from '../executions/report.ts'
import type { Shown } from '../executions/shown.ts'
import { buildTimeline } from '../history/build.ts'
import { fromEvent } from '../history/entry.ts'
import { waitsOf } from '../history/waits.ts'
import { given } from '../parse.ts'
import { styleFor } from '../session/printer.ts'
import { untilLeft } from '../until-left.ts'
import { UsageError } from '../usage-error.ts'
import { showShown } from '../work/show-execution.ts'
import { findCloudExecution } from './find.ts'
import { type DeployedCloud, withCloud } from './open.ts'
import { openScreen } from './screen.ts'

/** Flags that ask for a part of what there is, or for a document of it, which is only whole at the end. */
const parts = ['state', 'input', 'output', 'events'] as const

/** Prints what happened in an execution in the cloud, as of one here; with `--follow` until it has ended. */
export function showInCloud(context: CommandContext, args: Args, word: string | undefined): Promise<number> {
  if (word === undefined) throw new UsageError('reops show --cloud needs <execution>; see reops show --help')
  const part = parts.find(name => args.flags[name] !== undefined)
  if (given(args, 'follow') && part !== undefined)
    throw new UsageError(`--follow shows all of it and --${part} a part; leave one of them out`)
  return withCloud(context, args, async cloud => {
    const record = await findCloudExecution(cloud.aws, cloud.stack, word)
    if (given(args, 'follow') && record.status === 'RUNNING') return follow(context, args, cloud, record)
    const events: ExecutionEvent[] = []
    for await (const event of historyOf(cloud.aws, record.id)) events.push(event)
    return showShown(context, args, await shownOf(cloud, record, events))
  })
}

/** Draws it again with whatever is new of it, and prints it as a whole when it has ended. */
async function follow(
  context: CommandContext,
  args: Args,
  cloud: DeployedCloud,
  record: CloudRecord,
): Promise<number> {
  const own = given(args, 'no-color') ? withoutColor(context) : context
  const style = styleFor(own, own.stdout)
  const screen = openScreen(own.stdout, !given(args, 'json'))
  const watching = untilLeft(context)
  const tellTrouble = (text: string) => notice(context, text)
  const events: ExecutionEvent[] = []
  try {
    const running = await shownOf(cloud, record, events)
    const draw = () => {
      const timeline = buildTimeline(running.entries())
      screen.draw(reportLines(running, timeline, undefined, style, given(args, 'items')))
    }
    draw()
    for await (const event of followHistory(cloud.aws, record.id, {
      signal: watching.left,
      notice: tellTrouble,
    })) {
      events.push(event)
      screen.soon(draw)
    }
    screen.end()
    const ended = watching.left.aborted ? record : await describeStarted(cloud.aws, record.id)
    const status = await showShown(context, args, await shownOf(cloud, ended, events))
    return watching.status ?? status
  } finally {
    screen.end()
    watching.stop()
  }
}

async function shownOf(
  { aws, store, stack }: DeployedCloud,
  record: CloudRecord,
  events: readonly ExecutionEvent[],
): Promise<Shown> {
  // Only of what still waits is it said until when.
  const machine = record.status === 'RUNNING' ? await definitionOf(aws, record.id) : undefined
  return {
    record: { ...record, executedBy: `AWS in ${stack.region}` },
    title: record.name,
    entries: () => events.map(event => fromEvent(event, event.id)),
    events: () => events,
    waitsUntil: isRecord(machine) ? waitsOf(machine as unknown as StateMachine) : undefined,
    load: data => (data === undefined ? Promise.resolve(undefined) : unspill(data as Json, store)),
    partial: false,
  }
}
