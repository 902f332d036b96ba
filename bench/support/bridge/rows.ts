/** Where jobs are journalled: on a disk, and in memory where there is such a folder. */
export interface Places {
  readonly disk: string
  readonly memory: string | undefined
}

/** Prints a table that can be pasted into a page of Markdown. */
export function printRows(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`
  process.stdout.write(`\n${title}\n\n${line(head)}${line(head.map(() => '---'))}${rows.map(line).join('')}`)
}

export function milliseconds(ms: number): string {
  return `${ms < 100 ? ms.toPrecision(3) : ms.toFixed(0)} ms`
}

/** Names for so many hosts. */
export function hostNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `h${index}`)
}
