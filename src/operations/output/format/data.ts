import { isOutcome } from '../../../core/outcome.ts'
import { isSkipped } from '../../../core/skipped.ts'
import { neutraliseLine } from './neutralise.ts'
import { formatOutcome } from './outcome.ts'
import { paint, type Style } from './style.ts'
import { outcomesIn } from './summary.ts'
import { valueLines } from './value.ts'

/**
 * Whatever a pipeline answered, for a person: an outcome, the answers of branches or items one after the other, a
 * gate's reason and what had come so far, or plain data. Ends without a line end; empty for nothing.
 *
 * @example
 * console.log(formatData(await run(pipe(facts(closet), pretty())), plainStyle))
 */
export function formatData(data: unknown, style: Style): string {
  if (isOutcome(data)) return formatOutcome(data, style)
  if (isSkipped(data)) {
    const reason = paint('yellow', neutraliseLine(`skipped at ${data.step}: ${data.reason}`), style)
    return joined([isOutcome(data.data) ? formatOutcome(data.data, style) : '', reason])
  }
  if (Array.isArray(data) && data.some(item => isSkipped(item) || outcomesIn(item).length > 0)) {
    return joined(data.map((item, index) => titled(`${index + 1}`, item, style)))
  }
  if (typeof data === 'object' && data !== null && outcomesIn(data).length > 0) {
    return joined(Object.entries(data).map(([name, item]) => titled(name, item, style)))
  }
  return valueLines(data, style).join('\n')
}

function titled(title: string, data: unknown, style: Style): string {
  return joined([paint('cyan', `— ${neutraliseLine(title)}`, style), formatData(data, style)])
}

function joined(parts: readonly string[]): string {
  return parts.filter(part => part !== '').join('\n')
}
