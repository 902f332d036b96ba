/** How long is waited before something is tried again or looked at again. Times are milliseconds. */
export interface Backoff {
  readonly first: number
  readonly factor: number
  readonly most: number
}

/** The wait after `count` tries, a fifth longer or shorter by chance, so that many who began at once don't go on at once. */
export function waitAfter(count: number, { first, factor, most }: Backoff): number {
  return Math.min(most, first * factor ** Math.min(count, 64)) * (0.8 + 0.4 * Math.random())
}
