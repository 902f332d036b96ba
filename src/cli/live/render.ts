import { neutraliseLine } from '../../operations/output/format/neutralise.ts'
import { formatBytes, formatMilliseconds } from '../../operations/output/format/time.ts'
import { displayWidth, truncate } from '../../operations/output/format/width.ts'
import type { StepTally } from './tally.ts'

/** Steps that are shown at once, where branches work side by side. */
const mostLines = 4

/** Hosts that are named as slow. */
const mostNames = 3

/** Columns of a step's name that stay, however narrow the terminal is. */
const shortestName = 10

/**
 * The live lines: for each step, how many of how many hosts, for how long, and who is slow. Each fits in so many
 * columns, so that a narrow terminal doesn't wrap it.
 */
export function renderLive(steps: readonly StepTally[], now: number, columns: number): string[] {
  const width = Math.max(1, columns - 1)
  const lines = steps.slice(0, mostLines).map(step => stepLine(step, now, width))
  if (steps.length > mostLines) lines.push(`and ${steps.length - mostLines} more steps`)
  return lines.map(line => truncate(line, width))
}

/** The step's own name is cut before what is counted: who reads a live line knows what was asked for. */
function stepLine(step: StepTally, now: number, width: number): string {
  const counted = step.hosts.size === 0 ? '…' : `${step.done}/${step.hosts.size}`
  const rest = [
    formatMilliseconds(Math.floor((now - step.began) / 100) * 100),
    ...(step.failed > 0 ? [`${step.failed} failed`] : []),
    ...(step.bytes > 0 ? [transferred(step)] : []),
    ...(step.working.size > 0 ? [`waiting for ${slowest(step)}`] : []),
  ].join('  ')
  const room = width - displayWidth(counted) - displayWidth(rest) - 4
  return [counted, truncate(neutraliseLine(step.step), Math.max(shortestName, room)), rest].join('  ')
}

function transferred({ bytes, totalBytes }: StepTally): string {
  return totalBytes === undefined ? formatBytes(bytes) : `${formatBytes(bytes)} of ${formatBytes(totalBytes)}`
}

function slowest({ working, stages }: StepTally): string {
  const names = [...working.keys()]
    .slice(0, mostNames)
    .map(host => neutraliseLine(stages.has(host) ? `${host} (${stages.get(host)})` : host))
    .join(', ')
  return working.size > mostNames ? `${names} and ${working.size - mostNames} more` : names
}
