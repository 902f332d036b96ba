import { readFileSync } from 'node:fs'
import path from 'node:path'
import { ReopsError } from '../../core/errors.ts'
import { holdAlone } from '../../state/sqlite/hold.ts'
import { writePrivateFileSync } from '../../transports/zeromq/private-file.ts'
import type { DaemonPlace } from './place.ts'

/** A daemon works on this state folder already. */
class DaemonRuns extends ReopsError {
  override readonly name = 'DaemonRuns'
  override readonly slug = 'daemon-runs'
}

/**
 * Makes this process the only daemon of a state folder until `release`: two would both start what is due. Throws
 * `DaemonRuns`, which names the process that is it.
 */
export function beTheOnlyDaemon({ folder, lock, pid }: DaemonPlace): { release(): void } {
  const held = holdAlone(lock)
  if (held === undefined)
    throw new DaemonRuns(
      `a daemon works on ${path.dirname(folder)} already${processIn(pid)}; ask it by reops status, or end it first`,
    )
  writePrivateFileSync(pid, `${process.pid}\n`, { replace: true })
  return held
}

/** Says which process it is, where that was written down. */
function processIn(file: string): string {
  try {
    return ` (process ${Number.parseInt(readFileSync(file, 'utf8'), 10)})`
  } catch {
    // That it runs is what counts.
    return ''
  }
}
