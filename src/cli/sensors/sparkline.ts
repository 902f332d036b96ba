const bars = '▁▂▃▄▅▆▇█'

/**
 * Numbers as a line of bars, from the least to the greatest of them; a gap where there is none.
 *
 * @example
 * sparkline([1, 2, undefined, 8]) // '▁▂ █'
 */
export function sparkline(numbers: readonly (number | undefined)[]): string {
  const known = numbers.filter(number => number !== undefined)
  const least = Math.min(...known)
  const range = Math.max(...known) - least
  return numbers
    .map(number => {
      if (number === undefined) return ' '
      return bars[range === 0 ? 0 : Math.round(((number - least) / range) * (bars.length - 1))]
    })
    .join('')
}
