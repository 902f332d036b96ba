import type { Reading, Unknown } from '../../core/readings.ts'
import type { Rules } from '../../core/watches/rules.ts'

/** What a reading says by the rules, or why it says nothing. */
export type Verdict =
  | { readonly known: true; readonly holds: boolean; readonly clears: boolean; readonly until: number }
  | Unknown

/** Asks the author's functions. One that throws, or answers something else than true or false, has not understood the reading. */
export function judge(rules: Rules, reading: Reading, now: number): Verdict {
  if (!reading.known) return reading
  if (reading.until < now) return stale
  try {
    const holds = answer('when', rules.when(reading.value))
    const clears = !holds && (rules.clears === undefined || answer('clears', rules.clears(reading.value)))
    return { known: true, holds, clears, until: reading.until }
  } catch (thrown) {
    return { known: false, reason: 'failed', why: messageOf(thrown) }
  }
}

const stale: Unknown = { known: false, reason: 'stale', why: 'the last reading is too old to be believed' }

function answer(name: string, said: unknown): boolean {
  if (typeof said === 'boolean') return said
  throw new TypeError(`${name} answered ${String(said)}, which is neither true nor false`)
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
