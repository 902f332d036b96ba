import type { PlannedHosts, PlannedStep } from '../compile/plan.ts'
import { fold, neutraliseLine, paint, type Style } from '../operations/output/format/index.ts'

/** How an effect is marked: what changes something stands out. */
const marks = { change: '!', idempotent: '~', read: ' ', none: ' ' } as const
const tones = { change: 'red', idempotent: 'yellow', read: 'dim', none: 'dim' } as const

/** A plan for a person: a line for each step, the hosts under it, and what the marks mean. */
export function formatPlan(flow: string, steps: readonly PlannedStep[], style: Style): string {
  const legend = [
    '! changes something',
    '~ ends in the same state when repeated',
    'unmarked steps change nothing',
  ].join(' · ')
  return [
    `${paint('bold', flow, style)} would:`,
    ...steps.flatMap(step => stepLines(step, 1, style)),
    paint('dim', `${legend}. Nothing was connected to or changed.`, style),
  ].join('\n')
}

function stepLines(step: PlannedStep, depth: number, style: Style): string[] {
  const indent = '  '.repeat(depth)
  const same = step.does === step.step || step.does === ''
  const what = neutraliseLine(same ? step.step : `${step.step}: ${step.does}`)
  const mark = paint(tones[step.effect], marks[step.effect], style)
  const note = step.note === undefined ? '' : paint('dim', ` (${neutraliseLine(step.note)})`, style)
  return [
    `${indent}${mark} ${what}${note}`,
    ...(step.on ? [`${indent}    ${hostsLine(step.on, style)}`] : []),
    ...(step.inside ?? []).flatMap(inner => stepLines(inner, depth + 1, style)),
  ]
}

function hostsLine(on: PlannedHosts, style: Style): string {
  if (on.certainty === 'unknown') return paint('yellow', 'hosts unknown until it runs', style)
  const { hosts, certainty } = on
  const names = hosts.length === 0 ? 'no hosts' : neutraliseLine(fold(hosts))
  const many = `${certainty === 'exactly' ? 'on' : 'on at most'} ${hosts.length} ${hosts.length === 1 ? 'host' : 'hosts'}`
  return `${many}: ${names}`
}
