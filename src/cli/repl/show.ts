import { writer as nodeWriter } from 'node:repl'
import { inspect } from 'node:util'
import { plan } from '../../compile/plan.ts'
import { ReopsError } from '../../core/errors.ts'
import { isFlow } from '../../core/flow.ts'
import { isOperation, type Operation } from '../../core/operation/operation.ts'
import { isOutcome } from '../../core/outcome.ts'
import { type Execution, ExecutionCancelled, ExecutionFailed } from '../../core/runtime.ts'
import { isSkipped } from '../../core/skipped.ts'
import {
  formatData,
  formatSummary,
  neutralise,
  outcomesIn,
  paint,
  type Style,
  subjectOf,
  summarize,
} from '../../operations/output/format/index.ts'

/** What is known of the line whose value is shown. */
export interface ShownLine {
  /** Since its first run began, in milliseconds; absent when it began none. */
  readonly ms: number | undefined
  readonly cancelled: boolean
  /** Whether an output operation of this line has shown this data already. */
  hasShown(data: unknown): boolean
}

/**
 * What a value looks like at the prompt: outcomes as the printers show them, pipelines and executions by name, errors
 * that say what to do in one line, and everything else as Node inspects it.
 */
export function showValue(value: unknown, style: Style, line: ShownLine): string {
  if (value instanceof ReopsError) return showError(value, style, line)
  if (isOutcome(value) || isSkipped(value) || (line.ms !== undefined && outcomesIn(value).length > 0)) {
    return showOutcome(value, style, line)
  }
  if (isOperation(value)) return showPipeline(value, style)
  if (isExecution(value)) return showExecution(value, style)
  return inspectValue(value, style)
}

/** As Node's prompt does it, for this output. */
function inspectValue(value: unknown, { color }: Style): string {
  return inspect(value, { ...nodeWriter.options, colors: color })
}

function showOutcome(data: unknown, style: Style, line: ShownLine): string {
  const outcomes = outcomesIn(data)
  const summary = formatSummary(summarize(outcomes), line.ms, style, subjectOf(outcomes))
  return [
    ...(line.hasShown(data) ? [] : [formatData(data, style)]),
    line.cancelled ? `${summary} ${paint('yellow', 'cancelled', style)}` : summary,
  ]
    .filter(part => part !== '')
    .join('\n')
}

function showPipeline(operation: Operation<any, unknown>, style: Style): string {
  const steps = plan(operation).map(({ step }) => neutralise(step))
  const kind = isFlow(operation) ? 'flow' : 'pipeline'
  return `${kind} ${paint('cyan', steps.join(' → '), style)} ${paint('dim', '(typed by itself, it runs)', style)}`
}

function isExecution(value: unknown): value is Execution<unknown> {
  if (typeof value !== 'object' || value === null) return false
  const parts = value as Partial<Record<keyof Execution<unknown>, unknown>>
  return [parts.result, parts.cancel, parts.events].every(part => typeof part === 'function')
}

function showExecution({ name }: Execution<unknown>, style: Style): string {
  return `execution ${paint('cyan', neutralise(name), style)} ${paint('dim', 'await it.result(), or it.cancel()', style)}`
}

function showError(error: ReopsError, style: Style, line: ShownLine): string {
  const sentence = `${paint('red', error.name, style)}: ${neutralise(error.message)}`
  if (error instanceof ExecutionCancelled && outcomesIn(error.partial).length > 0) {
    return `${sentence}\n${showOutcome(error.partial, style, line)}`
  }
  // What the author's own function threw is shown with its lines, so that they are found.
  const own =
    error instanceof ExecutionFailed && error.cause instanceof Error && !(error.cause instanceof ReopsError)
  return own ? `${sentence}\n${inspectValue(error.cause, style)}` : sentence
}
