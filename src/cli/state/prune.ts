import { paintedTable } from '../../operations/output/format/painted-table.ts'
import { formatBytes } from '../../operations/output/format/time.ts'
import { stateFolder } from '../../run/config.ts'
import { keptMs } from '../../run/open-executions.ts'
import { hasState, openOnDatabase } from '../../run/shared-database.ts'
import { type Swept, sweepState } from '../../state/sweep/sweep.ts'
import { withoutColor } from '../color.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { parseLength } from '../executions/since.ts'
import { given, text } from '../parse.ts'
import { configuration } from '../session/configuration.ts'
import { askConsent } from '../session/consent.ts'
import { styleFor } from '../session/printer.ts'
import { UsageError } from '../usage-error.ts'

/** Forgets what is old in the state folder, after it has said what that is. Answers 1 when a person declined. */
export async function pruneState(context: CommandContext, args: Args): Promise<number> {
  const olderThan = olderThanOf(text(args, 'older-than'))
  const loaded = await configuration(context, args)
  const dryRun = given(args, 'dry-run')
  // Looking leaves no database behind.
  if (!hasState(loaded)) {
    print(context, args, nothing, dryRun)
    return 0
  }
  const folder = stateFolder(loaded)
  const say = (line: string) => void context.stderr.write(`reops: ${line}\n`)
  const { database, close } = await openOnDatabase(loaded, say, database => ({
    database,
    close: async () => {},
  }))
  try {
    const options = { now: Date.now(), olderThan }
    const foreseen = await sweepState({ folder, database }, { ...options, dryRun: true })
    if (dryRun || nothingIn(foreseen)) {
      print(context, args, foreseen, dryRun)
      return 0
    }
    if (!given(args, 'yes')) {
      if (!given(args, 'json')) print(context, args, foreseen, true)
      if (!(await askConsent(context, 'forget this for ever'))) {
        context.stderr.write('nothing was forgotten\n')
        return 1
      }
    }
    print(context, args, await sweepState({ folder, database }, options), false)
    return 0
  } finally {
    await close()
  }
}

function olderThanOf(said: string | undefined): number {
  if (said === undefined) return keptMs
  const length = parseLength(said)
  if (length !== undefined) return length
  throw new UsageError(
    `--older-than is ${JSON.stringify(said)}; it takes a length of time such as 12h, 30d or 8w`,
  )
}

const none = { files: 0, bytes: 0 }
const nothing: Swept = {
  ...{ executions: 0, histories: 0, spilled: none, output: none, drafts: none },
  unsure: false,
}

function nothingIn({ executions, histories, spilled, output, drafts }: Swept): boolean {
  return executions + histories + spilled.files + output.files + drafts.files === 0
}

function print(context: CommandContext, args: Args, swept: Swept, dryRun: boolean): void {
  if (given(args, 'json')) {
    context.stdout.write(`${JSON.stringify({ dryRun, ...swept }, null, 2)}\n`)
    return
  }
  const own = given(args, 'no-color') ? withoutColor(context) : context
  const { executions, histories, spilled, output, drafts, unsure } = swept
  const rows = [
    ['executions', String(executions), ''],
    ['histories of systems that are gone', String(histories), ''],
    ['data that was kept aside', String(spilled.files), sizeOf(spilled.bytes)],
    ['output of commands', String(output.files), sizeOf(output.bytes)],
    ['drafts of writers that crashed', String(drafts.files), sizeOf(drafts.bytes)],
  ]
  const lines = paintedTable(['what', 'how many', 'size'], rows, styleFor(own, own.stdout))
  if (unsure) lines.push('what is kept is too much to read: files that it may name were left')
  if (nothingIn(swept)) lines.push('nothing is old enough')
  else if (dryRun) lines.push('this would go; nothing was done')
  context.stdout.write(`${lines.join('\n')}\n`)
}

function sizeOf(bytes: number): string {
  return bytes === 0 ? '' : formatBytes(bytes)
}
