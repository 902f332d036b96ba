/**
 * Writes a line about what the house does. It goes to stderr: stdout belongs to the program that is run.
 *
 * @param {string} line
 * @example
 * say('installing rsync (the sync operation)')
 */
export function say(line) {
  process.stderr.write(`${line}\n`)
}

/**
 * Says that something takes a while, and how long it took once it is over. On a terminal the seconds are
 * counted in place.
 *
 * @template T
 * @param {string} what
 * @param {() => Promise<T>} work
 * @param {(result: T) => string} conclude
 * @returns {Promise<T>}
 * @example
 * await during('types', () => check(), ok => (ok ? 'ok' : 'failed')) // types … ok (2.1 s)
 */
export async function during(what, work, conclude) {
  const began = performance.now()
  const seconds = () => ((performance.now() - began) / 1000).toFixed(1)
  const live = process.stderr.isTTY
  process.stderr.write(`${what} … `)
  const ticker = live
    ? setInterval(() => process.stderr.write(`\r${what} … ${seconds()} s`), 1000)
    : undefined
  try {
    const result = await work()
    process.stderr.write(`${live ? `\r\x1b[K${what} … ` : ''}${conclude(result)} (${seconds()} s)\n`)
    return result
  } finally {
    clearInterval(ticker)
  }
}
