import type { Laptop } from '../../../test/run/systems/world.ts'
import { median } from '../median.ts'

/**
 * What the systems that were made after `from` spent their time on: the median of each stage, in milliseconds, in the
 * order in which they come.
 */
export function stagesBetween(progress: Laptop['progress'], from: number): string[] {
  const took = new Map<string, number[]>()
  const now = new Map<string, { readonly stage: string; readonly at: number }>()
  for (const event of progress) {
    if (event.at < from || !event.step.startsWith('create')) continue
    if (event.kind !== 'stage' && event.kind !== 'host-ended') continue
    const last = now.get(event.host)
    if (last !== undefined) took.set(last.stage, [...(took.get(last.stage) ?? []), event.at - last.at])
    if (event.kind === 'stage') now.set(event.host, { stage: event.stage, at: event.at })
    else now.delete(event.host)
  }
  return [...took].map(([stage, each]) => `  ${stage}: ${median(each).toFixed(0)} ms`)
}
