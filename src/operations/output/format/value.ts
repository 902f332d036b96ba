import { commandLines, isCommandResult, tail } from './command-result.ts'
import { jobLines } from './jobs.ts'
import { neutraliseLine } from './neutralise.ts'
import { paint, type Style } from './style.ts'
import { tableLines } from './table.ts'
import { displayWidth, pad } from './width.ts'

/**
 * Any answer as lines: a command's output, text as it is, a list of plain records as a table, facts as
 * `name  value`, and whatever is nested deeper as JSON.
 */
export function valueLines(value: unknown, style: Style): string[] {
  if (isCommandResult(value)) return commandLines(value, style)
  if (typeof value === 'string') return tail(value, undefined, style)
  if (Array.isArray(value)) return listLines(value, style)
  if (typeof value === 'object' && value !== null)
    return jobLines(value, style) ?? recordLines(value as Record<string, unknown>, style)
  return value === null || value === undefined ? [] : [String(value)]
}

function listLines(items: readonly unknown[], style: Style): string[] {
  if (items.length === 0) return [paint('dim', '(none)', style)]
  const rows = items.filter(isFlatRecord)
  if (rows.length < items.length)
    return items.flatMap(item => (isScalar(item) ? [scalar(item)] : [inline(item)]))
  const names = [...new Set(rows.flatMap(row => Object.keys(row)))]
  return tableLines(
    names.map(neutraliseLine),
    rows.map(row => names.map(name => scalar(row[name]))),
    style,
  )
}

function recordLines(record: Record<string, unknown>, style: Style): string[] {
  const entries = Object.entries(record).filter(([, item]) => item !== undefined)
  const names = entries.map(([name]) => neutraliseLine(name))
  const widest = Math.max(0, ...names.map(displayWidth))
  return entries.map(([, item], index) => {
    const name = paint('dim', pad(names[index]!, widest), style)
    return `${name}  ${isScalar(item) ? scalar(item) : inline(item)}`
  })
}

type Scalar = string | number | boolean | null | undefined

function isScalar(value: unknown): value is Scalar {
  return value === null || typeof value !== 'object'
}

function isFlatRecord(value: unknown): value is Record<string, Scalar> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every(isScalar)
  )
}

function scalar(value: Scalar): string {
  return value === null || value === undefined ? '-' : neutraliseLine(String(value))
}

/** Short lists read better without JSON's quotes. */
function inline(value: unknown): string {
  if (Array.isArray(value) && value.every(isScalar)) return value.map(scalar).join(', ') || '(none)'
  return neutraliseLine(JSON.stringify(value) ?? 'undefined')
}
