import { isRecord } from '../../../core/json.ts'
import type { DoneStep } from '../../../core/systems/record-steps.ts'
import type { Provisioned } from '../../../core/systems/type-flows.ts'
import { textLines } from './command-result.ts'
import { neutraliseLine } from './neutralise.ts'
import { paint, type Style } from './style.ts'

/** What is left of a system that was destroyed. */
interface Destroyed {
  readonly id: string
  readonly hostname: string
  readonly kept: readonly string[]
}

/**
 * What operations on systems answer that is no system any more, or not only: which steps of a plan changed something,
 * and which volumes outlived a system. Nothing for any other value.
 */
export function jobLines(value: unknown, style: Style): string[] | undefined {
  if (isProvisioned(value)) return provisionedLines(value, style)
  if (isDestroyed(value)) return [destroyedLine(value)]
  return undefined
}

/** Whether an operation on systems answers this of one. */
export function isJobResult(value: unknown): boolean {
  return isProvisioned(value) || isDestroyed(value)
}

function isProvisioned(value: unknown): value is Provisioned {
  return (
    isRecord(value) &&
    typeof value.type === 'string' &&
    typeof value.changed === 'number' &&
    Array.isArray(value.steps) &&
    value.steps.every(step => isRecord(step) && typeof step.step === 'string')
  )
}

function isDestroyed(value: unknown): value is Destroyed {
  return (
    isRecord(value) &&
    typeof value.id === 'string' &&
    value.id.startsWith('sys-') &&
    typeof value.hostname === 'string' &&
    Array.isArray(value.kept) &&
    Object.keys(value).length === 3
  )
}

/** `redis: 2 of 7 steps change something`, and what each of them did. */
function provisionedLines({ type, changed, steps }: Provisioned, style: Style): string[] {
  const many = changed === 0 ? 'nothing to change' : `${changed} of ${steps.length} steps change something`
  const told = steps.filter(step => step.changed !== false)
  return [neutraliseLine(`${type}: ${many}`), ...told.flatMap(step => stepLines(step, style))]
}

function stepLines({ step, changed, what = [], would, diff }: DoneStep, style: Style): string[] {
  const words = [...what, ...(would === undefined ? [] : [`would ${would}`])].join(', ')
  const unsure = changed === null && words === '' ? 'does not say whether it changed something' : words
  const line = neutraliseLine(unsure === '' ? step : `${step}: ${unsure}`)
  const lines = diff === undefined ? [] : textLines(diff)
  return [
    `  ${changed === true ? paint('yellow', line, style) : line}`,
    ...lines.map(one => paint('dim', `    ${one}`, style)),
  ]
}

function destroyedLine({ kept }: Destroyed): string {
  return kept.length === 0 ? 'destroyed' : neutraliseLine(`destroyed; kept ${kept.join(', ')}`)
}
