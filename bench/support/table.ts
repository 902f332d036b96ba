import type { Result } from './contest.ts'

/**
 * Prints who took how long, and how many times as long as the one that the others are held against.
 *
 * @example
 * printTable('100 hosts', results, 'reops, cold')
 */
export function printTable(title: string, results: readonly Result[], against: string): void {
  const measure = medianOf(results, against)
  const rows = results.map(({ name, median, fastest, slowest }) => [
    name,
    milliseconds(median),
    milliseconds(fastest),
    milliseconds(slowest),
    times(median / measure),
  ])
  const all = [['', 'median', 'fastest', 'slowest', `× ${against}`], ...rows]
  const widths = all[0]!.map((_, column) => Math.max(...all.map(row => row[column]!.length)))
  const lines = all.map(row =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))),
  )
  process.stdout.write(`\n${title}\n${lines.map(line => line.join('  ').trimEnd()).join('\n')}\n`)
}

/** Says whether a goal was reached, by how much. `ratio` has to be `most` or less. */
export function printGoal(goal: string, ratio: number, most: number): void {
  const met = ratio <= most
  process.stdout.write(`${met ? 'met   ' : 'MISSED'}  ${goal}: ${times(ratio)} (at most ${times(most)})\n`)
}

/** The median of one contestant, in milliseconds. */
export function medianOf(results: readonly Result[], name: string): number {
  const found = results.find(result => result.name === name)
  if (found) return found.median
  throw new Error(`${name} took no part`)
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(ms < 100 ? 1 : 0)} ms`
}

function times(ratio: number): string {
  return `${ratio.toPrecision(3)}×`
}
