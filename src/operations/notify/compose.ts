import { createHash } from 'node:crypto'
import type { ExecutionInfo } from '../../core/context.ts'
import type { Json } from '../../core/json.ts'
import type { Mail } from '../../core/mail.ts'
import {
  formatData,
  formatSummary,
  neutralise,
  outcomesIn,
  plainStyle,
  subjectOf,
  summarize,
} from '../output/format/index.ts'

/** Characters of a table that are sent; whoever wants to read more looks at the execution. */
const mostShown = 200_000

interface Written {
  readonly to: readonly string[]
  readonly subject: string
  readonly text?: string | undefined
  readonly html?: string | undefined
}

/**
 * Makes a mail of data: as its author wrote it, or the data as a table. The same step of the same execution makes the same
 * mail with the same id.
 */
export function compose(
  data: Json,
  { to, subject, text: own, html }: Written,
  { execution, step }: { readonly execution: ExecutionInfo; readonly step: string },
): Mail {
  const from = `flow ${execution.flow}, execution ${execution.name}, step ${step}`
  const text = own?.toWellFormed() ?? `${table(data)}\n\n-- \n${neutralise(from)}\n`
  const written = { to, subject, text, html: html?.toWellFormed() ?? page(text) }
  // A step of a loop is there several times, and says something else each time.
  const id = createHash('sha256')
    .update(JSON.stringify([execution.id, execution.startedAt, step, written]))
    .digest('hex')
    .slice(0, 32)
  return { id, ...written }
}

function table(data: Json): string {
  const outcomes = outcomesIn(data)
  const head =
    outcomes.length === 0
      ? []
      : [formatSummary(summarize(outcomes), undefined, plainStyle, subjectOf(outcomes)), '']
  const body = formatData(data, plainStyle)
  return [...head, body === '' ? '(nothing)' : bounded(body)].join('\n')
}

/** The beginning of what is very long, in whole lines, and how much is missing. */
function bounded(text: string): string {
  if (text.length <= mostShown) return text
  const cut = text.lastIndexOf('\n', mostShown)
  const shown = text.slice(0, cut > 0 ? cut : mostShown).toWellFormed()
  return `${shown}\n… and ${text.length - shown.length} characters more, which reops show has`
}

/** A table is made of columns, so it wants letters of one width. */
function page(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return `<!doctype html><html><body><pre style="font-family:monospace;font-size:13px">${escaped}</pre></body></html>`
}
