/**
 * A bridge as a process of its own, to be killed, measured, or kept from its network: `bridge.ts <options.json>`. It says
 * `ready` when it is open, answers messages of its parent, and ends when its parent is gone.
 */
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { openBridge } from '../../../../onprem-bridge/bridge.ts'
import type { LoadedConfig } from '../../../../src/run/config.ts'
import type { Timing } from '../../../../src/transports/zeromq/session/timing.ts'

export interface BridgeVictim {
  readonly loaded: LoadedConfig
  readonly timing?: Timing | undefined
}

const { loaded, timing } = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as BridgeVictim
const bridge = await openBridge({ loaded, timing, say: text => process.stderr.write(`${text}\n`) })

process.on('message', async (question: 'status' | 'memory' | 'end') => {
  if (question === 'status') process.send!(bridge.status())
  if (question === 'memory') {
    global.gc?.()
    process.send!(process.memoryUsage())
  }
  if (question !== 'end') return
  await bridge.end(10_000)
  process.disconnect()
})
process.on('disconnect', () => process.exit())
process.send!('ready')
