/** How far the work on one item has come, over all slices. */
export interface Turn {
  /** Milliseconds since the epoch at which it began. */
  readonly began: number
  /** It began in an earlier slice. */
  readonly continued: boolean
  /** Another slice can go on with it when this one is over. */
  goesOn: boolean
  /** Its slice ended in the middle of it, and another one goes on. */
  paused: boolean
  /** When something was done or begun that later slices must know of, by the operation's own words. */
  readonly marks: Record<string, number>
  /** The fence of the lease that was left to whoever goes on. */
  fence?: number | undefined
}

/**
 * Work that goes on over several calls, each of which takes a slice of time. Items are known by keys that are the same
 * in every slice. Those that are settled are not worked on again.
 */
export interface Slices {
  /** Milliseconds since the epoch at which this slice ends. */
  readonly endsAt: number
  /** Nobody goes on after this slice: an enclosing `timeout` ends with it. */
  readonly last: boolean
  /** What became of an item, in an earlier slice or in this one. */
  settled(key: string): unknown
  settle(key: string, result: object): void
  /** Begins the turn of an item, or goes on with it. */
  turn(key: string): Turn
  /** The turn of an item that has begun. */
  begun(key: string): Turn | undefined
  /** Another slice is needed, for this item at least. */
  pend(key: string): void
}
