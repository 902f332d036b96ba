import { readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { readTime } from '../../core/sensors/time.ts'
import type { Watch } from '../../core/watch.ts'
import { paintedTable } from '../../operations/output/format/painted-table.ts'
import { formatDate } from '../../operations/output/format/time.ts'
import { type BacktestReport, backtest, type Replayed } from '../../triggers/watch/backtest.ts'
import { sourcesOf } from '../../triggers/watch/board.ts'
import { lengthText } from '../../triggers/watch/length.ts'
import { withoutColor } from '../color.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { parseLength } from '../executions/since.ts'
import { given, text } from '../parse.ts'
import { styleFor } from '../session/printer.ts'
import { UsageError } from '../usage-error.ts'
import { readCsv } from './csv.ts'
import { findWatch } from './find-watch.ts'
import { type Opened, withTriggers } from './opened.ts'
import { drawBacktest } from './plot.ts'

/** A year of minutely readings has some 20 MB. */
const mostBytes = 512 * 1024 * 1024

/** So many of what would have been done are listed; `--json` has all. */
const listed = 20

/** Replays readings through a watch, and says what it would have done. */
export function backtestWatch(context: CommandContext, args: Args): Promise<number> {
  return withTriggers(context, args, async opened => {
    const watch = findWatch(opened.exported, args.words[0]!)
    const cost = costOf(args)
    const from = momentOf(args, 'from')
    const to = momentOf(args, 'to')
    if (from !== undefined && to !== undefined && from >= to)
      throw new UsageError('--from is not before --to; nothing happened between')
    const file = text(args, 'csv')
    const readings =
      file === undefined
        ? keptReadings(watch, opened, from ?? 0, to ?? Date.now())
        : await csvReadings(watch, path.resolve(context.cwd, file))
    if (readings.length === 0)
      throw new UsageError(
        file === undefined
          ? `nothing was read of ${sourcesOf(watch).join(', ')} then; reops sensors says what is kept, and --csv takes readings from elsewhere`
          : `${file} has no readings`,
      )
    const within = { from: from ?? readings[0]!.at, to: to ?? readings.at(-1)!.at + 1 }
    const report = backtest(watch, readings, within)
    const plot = text(args, 'plot')
    if (plot !== undefined)
      await writeFile(path.resolve(context.cwd, plot), drawBacktest(watch, readings, report))
    const own = given(args, 'no-color') ? withoutColor(context) : context
    own.stdout.write(
      given(args, 'json')
        ? `${JSON.stringify(documentOf(watch, report, cost), null, 2)}\n`
        : `${tableOf(report, cost, own).join('\n')}\n`,
    )
    return 0
  })
}

function keptReadings(watch: Watch, { kept }: Opened, from: number, to: number): Replayed[] {
  const sources = sourcesOf(watch)
  const all = sources.flatMap(source =>
    (kept?.readings.range(source, { from, to }) ?? []).map(reading => ({ source, ...reading })),
  )
  // Each is in order as it is read.
  return sources.length === 1 ? all : all.sort((a, b) => a.at - b.at)
}

async function csvReadings(watch: Watch, file: string): Promise<Replayed[]> {
  const found = await stat(file).catch(() => undefined)
  if (!found?.isFile()) throw new UsageError(`${file}: there is no such file`)
  if (found.size > mostBytes)
    throw new UsageError(`${file} has more than ${mostBytes / 1024 ** 2} MB; leave some of it out`)
  return readCsv(await readFile(file, 'utf8'), sourcesOf(watch))
}

function costOf(args: Args): number | undefined {
  const said = text(args, 'cost')
  if (said === undefined) return undefined
  if (/^\d{1,9}(\.\d{1,6})?$/.test(said)) return Number(said)
  throw new UsageError(`--cost is ${JSON.stringify(said)}; it takes what an action costs, such as 0.35`)
}

/** A time, or how long ago. */
function momentOf(args: Args, flag: string): number | undefined {
  const said = text(args, flag)
  if (said === undefined) return undefined
  const length = parseLength(said)
  if (length !== undefined) return Date.now() - length
  const at = readTime(/^\d{4}-\d\d-\d\d$/.test(said) ? `${said}T00:00` : said)
  if (at !== undefined) return at
  throw new UsageError(
    `--${flag} is ${JSON.stringify(said)}; it takes a date such as 2026-11-01, a time such as 2026-11-01T08:00, or how long ago such as 30d`,
  )
}

function documentOf(watch: Watch, report: BacktestReport, cost: number | undefined): object {
  const { from, to, readings, fires, crossings, flaps, holdsMs, unknownMs, heldBack } = report
  return {
    watch: watch.name,
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    readings,
    fires: fires.map(({ at, kind, value }) => ({
      at: new Date(at).toISOString(),
      kind,
      value: value ?? null,
    })),
    crossings,
    flaps,
    minutesHeld: holdsMs / 60_000,
    minutesUnknown: unknownMs / 60_000,
    heldBack,
    ...(cost === undefined ? {} : { cost: fires.length * cost }),
  }
}

function tableOf(report: BacktestReport, cost: number | undefined, context: CommandContext): string[] {
  const { from, to, readings, fires, crossings, flaps, holdsMs, unknownMs, heldBack } = report
  const reversed = fires.filter(({ kind }) => kind === 'onClear').length
  const minutes = (ms: number) => `${Math.round(ms / 60_000)} min`
  const rows = [
    ['time', `${formatDate(from)} to ${formatDate(to)}, ${lengthText(to - from)}`],
    ['readings', String(readings)],
    ['began to hold', `${crossings} times, ${flaps} of them for less than it has to`],
    ['held for', minutes(holdsMs)],
    ['unknown for', minutes(unknownMs)],
    ['fires', `${fires.length - reversed}${reversed > 0 ? `, and ${reversed} times back` : ''}`],
    ['held back', `${heldBack.cooling} times by the cool-down, ${heldBack.spent} by the budget`],
    ...(cost === undefined ? [] : [['cost', `${Number((fires.length * cost).toFixed(6))}`]]),
  ]
  const style = styleFor(context, context.stdout)
  const lines = paintedTable(['what', ''], rows, style)
  if (fires.length === 0) return [...lines, '', 'It would have done nothing.']
  const shown = fires
    .slice(0, listed)
    .map(({ at, kind, value }) => [formatDate(at), kind, JSON.stringify(value) ?? ''])
  const rest = fires.length > listed ? [`and ${fires.length - listed} more, which --json lists`] : []
  return [...lines, '', ...paintedTable(['when', 'what', 'value'], shown, style), ...rest]
}
