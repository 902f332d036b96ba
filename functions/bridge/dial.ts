import { InvalidConfig } from '../../src/core/errors.ts'
import { systemClock } from '../../src/executor/index.ts'
import type { FunctionEnvironment } from '../../src/run/deploy/function-environment.ts'
import { type BridgeClient, openBridgeClient } from '../../src/transports/zeromq/client/index.ts'
import { dial } from '../../src/transports/zeromq/dial.ts'
import { spilledData } from '../shared/spilled.ts'
import { clientKey } from './client-key.ts'

/**
 * Milliseconds without a call after which a session is not trusted any more. Between calls Lambda freezes the process,
 * which then says nothing; a bridge takes whoever is silent for 20 seconds for gone.
 */
const trusted = 10_000

/** A connection to the bridge that is kept from one call to the next. */
export interface Line {
  /**
   * The client, dialled anew where the last session may be gone; a first connection has to stand within so many
   * milliseconds. Throws `InvalidConfig` where no bridge is configured.
   */
  client(connectMs: number): Promise<BridgeClient>
  /** The client did its work: its session is good for a while. */
  rest(): void
  /** Something went wrong: the next call dials anew. */
  hangUp(): Promise<void>
}

export function openLine(environment: FunctionEnvironment): Line {
  const { bridge } = environment.settings
  const keys = clientKey(environment)
  const store = spilledData(environment)
  let open: BridgeClient | undefined
  let usedAt = 0

  const hangUp = async () => {
    const last = open
    open = undefined
    await last?.close()
  }
  return {
    async client(connectMs) {
      if (bridge === undefined)
        throw new InvalidConfig(
          'a step is to execute on premises and no bridge is configured: give bridge.url and bridge.key (or aws.bridge) in reops.config.ts and deploy again',
        )
      if (Date.now() - usedAt > trusted) await hangUp()
      if (open !== undefined) return open
      const { url, key, relayKey } = bridge
      const access = { url, serverKey: relayKey ?? key, farKey: key, keys: await keys() }
      open = openBridgeClient({
        url,
        dial: listener => dial({ ...access, purpose: 'jobs' }, listener),
        clock: systemClock,
        store,
        limits: { connectMs },
      })
      return open
    },
    rest() {
      usedAt = Date.now()
    },
    hangUp,
  }
}
