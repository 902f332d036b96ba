import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { bridgePlace } from '../../../src/run/bridge/place.ts'
import type { BridgeClient } from '../../../src/transports/zeromq/client/index.ts'
import { keepKeyFile } from '../../../src/transports/zeromq/key-file.ts'
import { type BridgeLab, type BridgeLabOptions, bridgeLab } from '../../lab/bridge/bridge.ts'
import { bundlePrograms } from './bundle.ts'
import { startVictim, type Victim, type VictimOptions } from './processes.ts'
import type { BridgeVictim } from './victims/bridge.ts'

const flows = `export * from ${JSON.stringify(new URL('operations.ts', import.meta.url).href)}\n`

export interface FaultLabOptions extends BridgeLabOptions {
  /** Whether its programs are bundled, for those that are started again and again. */
  readonly quick?: boolean
}

/** A lab whose bridge is a process of its own, at ports that stay, with the operations that faults are proved by. */
export interface FaultLab extends BridgeLab {
  /** The bridge's public key, also before it was ever started. */
  readonly bridgeKey: string
  /** Lets somebody in who submits jobs. */
  join(name: string): Promise<BridgeClient>
  /** Starts the bridge. */
  start(change?: Partial<BridgeVictim> & VictimOptions): Promise<Victim>
  /** Where a program of `victims`, or the agent, is. */
  program(name: 'bridge' | 'submitter' | 'agent'): string
}

export async function faultLab({
  bridge = {},
  quick = false,
  ...options
}: FaultLabOptions = {}): Promise<FaultLab> {
  const listen = { jobs: await freeEndpoint(), agents: await freeEndpoint(), ...bridge.listen }
  const lab = await bridgeLab({ ...options, flows, bridge: { ...bridge, listen } })
  const bundled = quick ? await bundlePrograms(lab.folder) : undefined
  if (bundled !== undefined)
    await writeFile(path.join(lab.folder, 'flows.ts'), "export * from './bundled/operations.mjs'\n")
  const program: FaultLab['program'] = name => (bundled ? path.join(bundled, `${name}.mjs`) : `${name}.ts`)
  const { publicKey: bridgeKey } = keepKeyFile(bridgePlace(lab.loaded).bridgeKey)
  let started = 0
  return Object.assign(lab, {
    program,
    bridgeKey,
    at: (purpose: 'jobs' | 'agents') => listen[purpose],
    join: async (name: string) => lab.client(await lab.key(name), listen.jobs, bridgeKey),
    start: ({ enter, env, ...change }: Partial<BridgeVictim> & VictimOptions = {}) =>
      startVictim(
        program('bridge'),
        {
          file: path.join(lab.folder, `bridge-${started++ % 2}.json`),
          data: { loaded: lab.loaded, ...change },
        },
        { env, ...(enter ? { enter } : {}) },
      ),
  })
}

/**
 * An endpoint at a port that is free and none that the system hands out by itself: a port of those may be somebody else's
 * while the bridge that had it starts again.
 */
async function freeEndpoint(): Promise<string> {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 15_000)
    if (await isFree(port)) return `tcp://127.0.0.1:${port}`
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise(resolve => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
