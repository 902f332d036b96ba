import { writeSync } from 'node:fs'

/** Tells the test something, before anything else happens: standard output is a file, which outlives a kill. */
export function tell(said: unknown): void {
  writeSync(1, `${JSON.stringify(said)}\n`)
}
