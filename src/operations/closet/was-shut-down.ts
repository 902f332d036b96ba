import type { ChangeEntry } from '../../core/systems/store.ts'
import { bringingUp, shuttingDown } from './stages.ts'

/** Whose words only tell how a system was found. */
const telling: ReadonlySet<string> = new Set(['sync', 'events'])

/** States in which a machine was on before it was stopped. */
const on: ReadonlySet<unknown> = new Set(['running', 'starting', 'provisioning', 'paused'])

/**
 * Whether a system is off because the closet was shut down, by its history, which survives whoever did it: it was on when
 * its stop began, or was reached and stopped, and nobody has taken it into their own hands since. A stop whose process died
 * in the middle counts, and so does one that failed where the machine went with its hypervisor later.
 */
export function wasShutDown(history: readonly ChangeEntry[]): boolean {
  for (const { by, before, after } of history.toReversed()) {
    const { state } = after
    if (state === undefined) continue
    if (by === shuttingDown) {
      if (state === 'stopped' || (state === 'stopping' && on.has(before.state))) return true
    } else if (by === bringingUp || telling.has(by)) {
      if (state === 'running') return false
    } else return false
  }
  return false
}
