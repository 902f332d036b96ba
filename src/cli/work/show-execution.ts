import { once } from 'node:events'
import path from 'node:path'
import { stateFolder } from '../../run/config.ts'
import { openSpillFolder } from '../../state/spill-folder.ts'
import { withoutColor } from '../color.ts'
import type { Args } from '../command.ts'
import type { CommandContext, Output } from '../context.ts'
import { findExecution } from '../executions/find.ts'
import { withExecutions } from '../executions/open.ts'
import { reportLines } from '../executions/report.ts'
import { type Shown, shownFromFile, shownFromStore } from '../executions/shown.ts'
import { stateData } from '../executions/state-data.ts'
import { buildTimeline } from '../history/build.ts'
import { timelineDocument } from '../history/document.ts'
import { given, text } from '../parse.ts'
import { styleFor } from '../session/printer.ts'
import { UsageError } from '../usage-error.ts'
import { documentOf } from './list-executions.ts'

/** Prints what happened in an execution of ours, or in one whose history stands in the file of `--history`. */
export async function showExecution(
  context: CommandContext,
  args: Args,
  word: string | undefined,
): Promise<number> {
  const file = text(args, 'history')
  const asked = ['state', 'input', 'output'].filter(name => args.flags[name] !== undefined)
  if (given(args, 'events') && asked.length > 0)
    throw new UsageError(
      `--events is all that happened and --${asked[0]} a part of it; leave one of them out`,
    )
  if (file !== undefined) {
    if (word !== undefined)
      throw new UsageError(`--history ${file} is shown, or ${word}; leave one of them out`)
    return showShown(context, args, await shownFromFile(context, file))
  }
  if (word === undefined)
    throw new UsageError('reops show needs <execution>, or --history <file>; see reops show --help')
  return withExecutions(context, args, ({ store, loaded }) => {
    const spilled = openSpillFolder(path.join(stateFolder(loaded), 'spilled'))
    return showShown(context, args, shownFromStore(store, findExecution(store, word), spilled))
  })
}

/** Prints an execution that was found, or what the flags ask for of it. */
export async function showShown(context: CommandContext, args: Args, shown: Shown): Promise<number> {
  const { stdout } = context
  if (given(args, 'events')) {
    await writeEvents(stdout, shown.events())
    return 0
  }
  if (text(args, 'state') !== undefined || given(args, 'input') || given(args, 'output')) {
    print(stdout, await stateData(shown, args))
    return 0
  }
  const timeline = buildTimeline(shown.entries())
  const output = await shown.load(shown.record?.output ?? timeline.output)
  if (given(args, 'json')) {
    const { record } = shown
    const { status, failure } = timeline.root
    const execution = record === undefined ? { status, ...failure } : documentOf(record)
    const input = await shown.load(record?.input ?? timeline.input)
    const states = timelineDocument(timeline, shown.waitsUntil)
    print(stdout, { ...execution, input: input ?? null, output: output ?? null, states })
    return 0
  }
  const own = given(args, 'no-color') ? withoutColor(context) : context
  const lines = reportLines(shown, timeline, output, styleFor(own, own.stdout), given(args, 'items'))
  stdout.write(`${lines.join('\n')}\n`)
  return 0
}

function print(stdout: Output, document: unknown): void {
  stdout.write(`${JSON.stringify(document ?? null, null, 2)}\n`)
}

/** One document, as AWS's own tool prints it. A history may be long, so it is never in memory as a whole. */
async function writeEvents(stdout: Output, events: Iterable<object>): Promise<void> {
  let before = '{ "events": [\n'
  for (const event of events) {
    if (!stdout.write(`${before}${JSON.stringify(event)}`)) await once(stdout, 'drain')
    before = ',\n'
  }
  stdout.write(before === ',\n' ? '\n] }\n' : '{ "events": [] }\n')
}
