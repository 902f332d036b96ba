/** What of the typed bytes goes on, and whether they ask to leave. */
export interface Passed {
  readonly bytes: Buffer
  readonly leave: boolean
}

const ctrlBracket = 0x1d
const tilde = 0x7e
const dot = 0x2e
const lineEnds: ReadonlySet<number> = new Set([0x0a, 0x0d])

/**
 * Watches for what leaves a console: Ctrl-] anywhere, and `~.` at the beginning of a line, as at ssh's. A tilde there is
 * held back until it is known what follows; `~~` is one tilde.
 *
 * @example
 * const watch = watchForLeave()
 * watch(Buffer.from('~.')) // { bytes: <Buffer >, leave: true }
 */
export function watchForLeave(): (typed: Buffer) => Passed {
  let atLineStart = true
  let held = false
  return typed => {
    const passed: number[] = []
    for (const byte of typed) {
      if (byte === ctrlBracket || (held && byte === dot)) return { bytes: Buffer.from(passed), leave: true }
      if (held) {
        held = false
        // What follows `~` was no command: both were meant. Twice, one was.
        passed.push(tilde)
        if (byte !== tilde) passed.push(byte)
      } else if (atLineStart && byte === tilde) held = true
      else passed.push(byte)
      atLineStart = lineEnds.has(byte)
    }
    return { bytes: Buffer.from(passed), leave: false }
  }
}
