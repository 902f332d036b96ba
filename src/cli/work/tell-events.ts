import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionRecord } from '../../core/executions.ts'
import type { Json } from '../../core/json.ts'
import { unspill } from '../../core/spill.ts'
import { stateFolder } from '../../run/config.ts'
import { openSpillFolder } from '../../state/spill-folder.ts'
import { withoutColor } from '../color.ts'
import type { Args } from '../command.ts'
import { type CommandContext, interruptStatus } from '../context.ts'
import { findExecution, isExecuted } from '../executions/find.ts'
import { type Executions, withExecutions } from '../executions/open.ts'
import { exitStatus } from '../executions/status.ts'
import { TimelineBuilder } from '../history/build.ts'
import { fromJournal } from '../history/entry.ts'
import { eventLine } from '../history/event-line.ts'
import { given } from '../parse.ts'
import { styleFor } from '../session/printer.ts'
import { untilLeft } from '../until-left.ts'

/** How often a journal that goes on is looked at, in milliseconds. */
const lookEvery = 250

/**
 * Prints an execution's events, a line each. With `--follow` it goes on until the execution ends, and answers how it
 * did as the exit status; Ctrl-C ends the watching and not the execution.
 */
export function tellEvents(context: CommandContext, args: Args, word: string): Promise<number> {
  return withExecutions(context, args, async executions => {
    const { store, loaded } = executions
    const { id } = findExecution(store, word)
    const tell = teller(context, args, executions, id)
    if (!given(args, 'follow')) {
      tell()
      return 0
    }
    const watching = untilLeft(context)
    try {
      const record = await follow(context, executions, id, tell, watching.left)
      if (record === undefined) return watching.status ?? interruptStatus.SIGINT
      const spilled = openSpillFolder(path.join(stateFolder(loaded), 'spilled'))
      const output = record.output === undefined ? undefined : await unspill(record.output as Json, spilled)
      return exitStatus(record.status, output)
    } finally {
      watching.stop()
    }
  })
}

/** Answers the execution when it has ended, or nothing when nobody wants to wait any more. */
async function follow(
  { stderr }: CommandContext,
  { store }: Executions,
  id: string,
  tell: () => void,
  signal: AbortSignal,
): Promise<ExecutionRecord | undefined> {
  let said = false
  while (!signal.aborted) {
    // What it ends with is in the journal before the record says that it has ended.
    const record = store.get(id)
    tell()
    if (record === undefined || record.status !== 'RUNNING') return record
    if (!said && !isExecuted(record, Date.now())) {
      stderr.write(`reops: nobody executes it; reops resume goes on with it\n`)
      said = true
    }
    await sleep(lookEvery, undefined, { signal }).catch(() => {})
  }
  return undefined
}

/** Prints what was not printed before, each time that it is called. */
function teller(context: CommandContext, args: Args, { store }: Executions, id: string): () => void {
  const json = given(args, 'json')
  const own = given(args, 'no-color') ? withoutColor(context) : context
  const style = styleFor(own, own.stdout)
  const builder = new TimelineBuilder()
  let position = 0
  return () => {
    for (const entry of store.journal(id, position)) {
      position = entry.position
      if (json) {
        const { event, execution, scope } = entry
        context.stdout.write(`${JSON.stringify({ ...event, execution, scope })}\n`)
        continue
      }
      const read = fromJournal(entry)
      const visit = builder.add(read)
      context.stdout.write(`${eventLine(read, visit, builder.root.startedAt, style)}\n`)
    }
  }
}
