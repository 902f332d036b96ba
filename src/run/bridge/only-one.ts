import { readFileSync } from 'node:fs'
import path from 'node:path'
import { ReopsError } from '../../core/errors.ts'
import { holdAlone } from '../../state/sqlite/hold.ts'
import { writePrivateFileSync } from '../../transports/zeromq/private-file.ts'
import type { BridgePlace } from './place.ts'

/** A bridge works on this state folder already. */
class BridgeRuns extends ReopsError {
  override readonly name = 'BridgeRuns'
  override readonly slug = 'bridge-runs'
}

/**
 * Makes this process the only bridge of a state folder until `release`: two would both do what one of them has journalled.
 * Throws `BridgeRuns`, which names the process that is it.
 */
export function beTheOnlyBridge({ folder }: BridgePlace): { release(): void } {
  const pidFile = path.join(folder, 'bridge.pid')
  const held = holdAlone(path.join(folder, 'bridge.lock'))
  if (held === undefined)
    throw new BridgeRuns(
      `a bridge works on ${folder} already${processIn(pidFile)}; ask it by reops bridge status, or end it first`,
    )
  writePrivateFileSync(pidFile, `${process.pid}\n`, { replace: true })
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
