import { isSkipped } from '../../core/skipped.ts'
import {
  formatData,
  neutraliseLine,
  outcomesIn,
  paint,
  type Style,
} from '../../operations/output/format/index.ts'
import { formatBytes, formatMilliseconds } from '../../operations/output/format/time.ts'
import { displayWidth, truncate } from '../../operations/output/format/width.ts'
import { formatDate } from '../history/date.ts'
import { timelineLines } from '../history/lines.ts'
import type { Timeline } from '../history/timeline.ts'
import { wordsText } from '../history/words.ts'
import { isExecuted } from './find.ts'
import type { Shown } from './shown.ts'
import { statusTones, statusWord } from './status.ts'

/** Lines of an output that are shown at the end of a timeline. */
const outputLines = 30

/** Columns of an output that is plain data. */
const outputColumns = 200

/** An execution for a person: what it is, its states in order, and what it answered. */
export function reportLines(
  shown: Shown,
  timeline: Timeline,
  output: unknown,
  style: Style,
  items: boolean,
): string[] {
  return [
    ...headerLines(shown, timeline, style),
    '',
    ...timelineLines(timeline, { style, items, waitsUntil: shown.waitsUntil }),
    ...outputOf(output, style),
  ]
}

function headerLines(
  { record, title, partial }: Shown,
  { root, redrives, input }: Timeline,
  style: Style,
): string[] {
  const status = record?.status ?? root.status
  const startedAt = record?.startedAt ?? root.startedAt
  const stoppedAt = record?.stoppedAt ?? root.stoppedAt
  const failure = record?.error === undefined && record?.cause === undefined ? root.failure : record
  const now = Date.now()
  const fields: (readonly [string, string])[] = [
    ...(record === undefined ? [] : ([['flow', record.flow + versionOf(record)]] as const)),
    ['started', startedAt === undefined ? 'at a time that the history does not say' : formatDate(startedAt)],
    ...(startedAt === undefined || (stoppedAt === undefined && record === undefined)
      ? []
      : ([['took', tookOf(startedAt, stoppedAt, now)]] as const)),
    ...(record?.status === 'RUNNING' ? ([['executed by', executor(record, now)]] as const) : []),
    ...(record?.parent === undefined ? [] : ([['started by', record.parent]] as const)),
    ...(redrives === 0 ? [] : ([['redriven', redrives === 1 ? 'once' : `${redrives} times`]] as const)),
    ['input', sizeOf(record?.input ?? input)],
    ...(partial ? ([['history', 'goes on; it was fetched in part']] as const) : []),
  ]
  const widest = Math.max(...fields.map(([field]) => field.length))
  const fitted = (text: string, used: number) =>
    style.columns === undefined ? text : truncate(text, Math.max(1, style.columns - used))
  const name = fitted(neutraliseLine(title), 0)
  const state = neutraliseLine(wordsText(statusWord(status), status === 'SUCCEEDED' ? {} : failure))
  return [
    `${paint('bold', name, style)}  ${paint(statusTones[status], fitted(state, displayWidth(name) + 2), style)}`,
    ...fields.map(
      ([field, value]) =>
        `${paint('dim', field.padEnd(widest), style)}  ${fitted(neutraliseLine(value), widest + 2)}`,
    ),
  ]
}

function tookOf(startedAt: number, stoppedAt: number | undefined, now: number): string {
  const length = formatMilliseconds(Math.max(0, (stoppedAt ?? now) - startedAt))
  return stoppedAt === undefined ? `${length} so far` : length
}

function versionOf({ version }: NonNullable<Shown['record']>): string {
  return version === undefined ? '' : ` (version ${version.slice(0, 12)})`
}

function executor(record: NonNullable<Shown['record']>, now: number): string {
  if (record.executedBy !== undefined) return record.executedBy
  return isExecuted(record, now) ? record.lease!.owner : 'nobody; reops resume goes on with it'
}

function sizeOf(data: unknown): string {
  return data === undefined ? 'none' : formatBytes(Buffer.byteLength(JSON.stringify(data)))
}

function outputOf(output: unknown, style: Style): string[] {
  if (output === undefined) return []
  const title = paint('cyan', '— output', style)
  if (outcomesIn(output).length === 0 && !isSkipped(output))
    return ['', title, truncate(neutraliseLine(JSON.stringify(output)), style.columns ?? outputColumns)]
  const lines = formatData(output, { ...style, lines: outputLines }).split('\n')
  const above = lines.length - outputLines
  return [
    '',
    title,
    ...lines.slice(0, outputLines),
    ...(above > 0 ? [paint('dim', `… ${above} more lines; --output has all of it`, style)] : []),
  ]
}
