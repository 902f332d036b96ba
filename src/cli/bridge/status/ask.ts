import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { BridgeRefused } from '../../../core/bridge.ts'
import { explainIssues } from '../../../core/errors.ts'
import type { Json } from '../../../core/json.ts'
import { bridgePlace } from '../../../run/bridge/place.ts'
import { type BridgeStatus, bridgeStatusSchema } from '../../../run/bridge/status.ts'
import { type LoadedConfig, stateFolder } from '../../../run/config.ts'
import { openSpillFolder } from '../../../state/spill-folder.ts'
import { type Access, accessOf } from './access.ts'

/** Milliseconds for a bridge to answer how it is. */
const answerMs = 10_000

/** Milliseconds within which a bridge hears of a new key. */
const hearMs = 1_000

/** What a bridge said of itself, and that as we understand it. */
export interface Asked {
  readonly url: string
  readonly said: Json
  readonly status: BridgeStatus
}

/** Asks the bridge how it is. Rejects with `BridgeUnreachable`, `BridgeRefused`, `KeyFileTrouble` and `InvalidConfig`. */
export async function askStatus(loaded: LoadedConfig): Promise<Asked> {
  const access = await accessOf(loaded)
  try {
    return await ask(loaded, access)
  } catch (error) {
    if (!access.fresh || !(error instanceof BridgeRefused)) throw error
    await sleep(hearMs)
    return ask(loaded, access)
  }
}

async function ask(loaded: LoadedConfig, access: Access): Promise<Asked> {
  const [{ openBridgeClient }, { dial }, { systemClock }] = await Promise.all([
    import('../../../transports/zeromq/client/index.ts'),
    import('../../../transports/zeromq/dial.ts'),
    import('../../../executor/index.ts'),
  ])
  const { fresh: _fresh, ...way } = access
  const client = openBridgeClient({
    url: access.url,
    dial: listener => dial({ ...way, purpose: 'jobs' }, listener),
    clock: systemClock,
    store: openSpillFolder(path.join(stateFolder(loaded), 'spilled')),
    limits: { connectMs: answerMs },
  })
  try {
    const said = await client.status()
    const parsed = bridgeStatusSchema.safeParse(said)
    if (parsed.success) return { url: access.url, said, status: parsed.data }
    throw new BridgeRefused(
      `the bridge at ${access.url} says of itself what this reops does not understand (${explainIssues(parsed.error.issues)}): ` +
        'they are of different versions',
    )
  } finally {
    await client.close()
  }
}

/** The status of this machine's bridge, where one runs; nothing where none does or it does not answer. */
export async function statusIfRunning(loaded: LoadedConfig): Promise<BridgeStatus | undefined> {
  if (!runs(path.join(bridgePlace(loaded).folder, 'bridge.pid'))) return undefined
  try {
    return (await askStatus(loaded)).status
  } catch {
    // It may just have ended; what is asked for here can be said without it.
    return undefined
  }
}

/** Whether the process that a file names is there. */
function runs(pidFile: string): boolean {
  try {
    process.kill(Number.parseInt(readFileSync(pidFile, 'utf8'), 10), 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
