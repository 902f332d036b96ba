import type { OutputPort } from '../../core/context.ts'
import type { Json } from '../../core/json.ts'
import {
  formatData,
  formatStatus,
  formatSummary,
  neutraliseLine,
  outcomesIn,
  paint,
  type Style,
  someFailed,
  subjectOf,
} from '../../operations/output/format/index.ts'
import { colorOf } from '../color.ts'
import type { CommandContext, Output } from '../context.ts'
import type { Ended } from './ended.ts'

/** Lines of one answer that a terminal shows; files and pipes get them all. */
const terminalLines = 50

export interface PrinterOptions {
  readonly json: boolean
  readonly quiet: boolean
  /** Called before anything is written, so that live lines make way. */
  readonly before: () => void
}

/** Prints what a pipeline publishes and how it ended. */
export interface Printer extends OutputPort {
  /** How an execution ended: its answer, unless that was just printed, and the summary. With `--json` only the latter. */
  ended(ended: Ended): void
  /** Says something of ourselves, on stderr. */
  notice(text: string): void
}

/** Opens a printer on the context's streams. With `--json`, what is published goes to stderr. */
export function openPrinter(context: CommandContext, { json, quiet, before }: PrinterOptions): Printer {
  const stream = json ? context.stderr : context.stdout
  let printed: string | undefined

  const print = (text: string) => {
    before()
    if (text !== '') stream.write(`${text}\n`)
  }
  return {
    notice(text) {
      before()
      context.stderr.write(`reops: ${text}\n`)
    },
    publish({ step }, data) {
      if (quiet) return
      const style = styleFor(context, stream)
      const title = /^pretty(?: \d+)?$/.test(step) ? [] : [paint('cyan', `— ${neutraliseLine(step)}`, style)]
      print([...title, formatData(data, style)].join('\n'))
      printed = JSON.stringify(data)
    },
    ended(ended) {
      const style = styleFor(context, stream)
      if (json) return quiet ? undefined : print(lastLine(ended, style))
      const text = quiet ? formatFailures(ended.result, style) : formatData(ended.result, style)
      if (quiet ? text !== '' : printed === undefined || printed !== JSON.stringify(ended.result)) print(text)
      printed = undefined
      if (quiet && !someFailed(ended.summary)) return
      print(lastLine(ended, style))
    },
  }
}

/** How text is laid out on a stream: coloured, cut and shortened only for a terminal. */
export function styleFor(context: Pick<CommandContext, 'env'>, stream: Output): Style {
  const terminal = stream.isTTY === true
  return {
    color: colorOf(context, stream),
    columns: terminal ? stream.columns : undefined,
    lines: terminal ? terminalLines : undefined,
  }
}

function lastLine({ status, summary, ms, result }: Ended, style: Style): string {
  if (summary.total > 0) return formatSummary(summary, ms, style, subjectOf(outcomesIn(result)))
  return formatStatus(status, ms, style)
}

function formatFailures(result: unknown, style: Style): string {
  return outcomesIn(result)
    .map(outcome => formatData({ ...outcome, successful: [], left: [] } as unknown as Json, style))
    .filter(text => text !== '')
    .join('\n')
}
