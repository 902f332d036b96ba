import { neutraliseLine, paint, type Style } from '../../operations/output/format/index.ts'
import { formatMilliseconds } from '../../operations/output/format/time.ts'
import { pad, truncate } from '../../operations/output/format/width.ts'
import { dataOf, type HistoryEntry, textOf } from './entry.ts'
import { placeOf } from './place.ts'
import type { Visit } from './timeline.ts'
import { wordsText } from './words.ts'

/** Columns of data that a line shows. */
const dataColumns = 100

/** One event on one line: its id, when it was, its type, the state, and a short detail. */
export function eventLine(
  entry: HistoryEntry,
  visit: Visit | undefined,
  began: number | undefined,
  style: Style,
): string {
  const { id, at, type } = entry
  const when =
    began === undefined || at === undefined ? '-' : `+${formatMilliseconds(Math.max(0, at - began))}`
  const place = visit === undefined || type.startsWith('Execution') ? '' : placeOf(visit)
  const text = [String(id).padStart(5), pad(when, 9), pad(type, 24), place, detailOf(entry)]
    .filter(part => part !== '')
    .map(neutraliseLine)
    .join('  ')
  const line = (style.columns === undefined ? text : truncate(text, style.columns)).trimEnd()
  const tone = /(?:Failed|TimedOut)$/.test(type) ? 'red' : type.endsWith('Aborted') ? 'yellow' : undefined
  return tone === undefined ? line : paint(tone, line, style)
}

function detailOf({ type, details }: HistoryEntry): string {
  const words = wordsText('', { error: textOf(details, 'error'), cause: textOf(details, 'cause') })
  if (words !== '') return words
  if (typeof details.length === 'number' && details.length > 0)
    return details.length === 1 ? '1 item' : `${details.length} items`
  const data = ['output', 'input', 'parameters'] as const
  const key = data.find(one => details[one] !== undefined)
  if (key !== undefined)
    return truncate(neutraliseLine(JSON.stringify(dataOf(details, key)) ?? ''), dataColumns)
  return type.endsWith('Submitted') || type === 'MapRunStarted'
    ? (textOf(details, 'mapRunArn') ?? textOf(details, 'resource') ?? '')
    : ''
}
