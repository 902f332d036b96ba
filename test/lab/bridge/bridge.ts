import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Bridge, openBridge } from '../../../onprem-bridge/bridge.ts'
import { type ConfigInput, configSchema } from '../../../src/core/config.ts'
import { systemClock } from '../../../src/executor/index.ts'
import { addKey } from '../../../src/run/bridge/keyring/keys.ts'
import { bridgePlace } from '../../../src/run/bridge/place.ts'
import type { LoadedConfig } from '../../../src/run/config.ts'
import { openSpillFolder } from '../../../src/state/spill-folder.ts'
import { openCloset } from '../../../src/transports/ssh/closet/closet.ts'
import type { Role } from '../../../src/transports/zeromq/channel.ts'
import { type BridgeClient, openBridgeClient } from '../../../src/transports/zeromq/client/index.ts'
import { dial } from '../../../src/transports/zeromq/dial.ts'
import { type KeyPair, makeKeyPair } from '../../../src/transports/zeromq/keys.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** A state folder with a configuration and an embedded closet beside it, in which a bridge can be opened, and again. */
export interface BridgeLab {
  readonly folder: string
  readonly loaded: LoadedConfig
  /** What the bridge said to a person. */
  readonly said: string[]
  /** Opens a bridge. Endpoints keep their ports from one to the next. */
  open(): Promise<Bridge>
  /** Says other settings to bridges that are opened from now on. */
  change(bridge: ConfigInput['bridge']): void
  /** Lets a new key in. */
  key(name: string, role?: Role): Promise<KeyPair>
  /** A client of the bridge that is open, or was last; of one in another process, by its key. */
  client(keys: KeyPair, url?: string, bridgeKey?: string): BridgeClient
  /** Where the endpoint for this listens. */
  at(purpose: 'jobs' | 'agents'): string
  close(): Promise<void>
}

export interface BridgeLabOptions {
  readonly flows?: string | undefined
  readonly bridge?: ConfigInput['bridge']
  /** Hosts of the closet: none unless they are named. */
  readonly hosts?: readonly string[] | undefined
}

/** Makes the folder; nothing listens before `open`. */
export async function bridgeLab({
  flows = '',
  bridge = {},
  hosts = [],
}: BridgeLabOptions = {}): Promise<BridgeLab> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'reops-bridge-')))
  const undo: (() => unknown)[] = [() => rm(folder, { recursive: true, force: true, maxRetries: 3 })]
  const closet =
    hosts.length > 0 ? await openCloset({ folder, hosts: hosts.map(name => ({ name })) }) : undefined
  if (closet) undo.push(() => closet.close())
  await mkdir(path.join(folder, 'node_modules'))
  await symlink(root, path.join(folder, 'node_modules', 're-ops'), 'dir')
  await writeFile(path.join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  await writeFile(path.join(folder, 'flows.ts'), flows || 'export {}\n')
  let settings = bridge
  const ports = { jobs: 'tcp://127.0.0.1:*', agents: 'tcp://127.0.0.1:*' }
  const loaded = (): LoadedConfig => ({
    config: configSchema.parse({
      flows: 'flows.ts',
      ssh: {
        config: false,
        agent: false,
        ...(closet ? { keys: { closet: closet.key }, knownHosts: [closet.knownHosts] } : {}),
      },
      ...(closet ? { defaults: { key: 'closet' } } : {}),
      hosts: Object.fromEntries(
        (closet?.hosts ?? []).map(({ name, address, port, user }) => [name, { address, port, user }]),
      ),
      bridge: { ...settings, listen: { ...ports, metrics: '127.0.0.1:0', ...settings?.listen } },
    }),
    folder,
    file: undefined,
  })
  const said: string[] = []
  let key = ''
  const clients: BridgeClient[] = []
  undo.push(() => Promise.all(clients.map(client => client.close())))
  const at = (purpose: 'jobs' | 'agents') => ports[purpose]
  return {
    folder,
    get loaded() {
      return loaded()
    },
    said,
    at,
    async open() {
      const opened = await openBridge({ loaded: loaded(), say: text => said.push(text) })
      key = opened.key
      for (const { for: what, at: place } of opened.endpoints)
        if (what === 'jobs' || what === 'agents') ports[what] = place
      return opened
    },
    change(other) {
      settings = { ...settings, ...other }
    },
    async key(name, role = 'submit') {
      const keys = makeKeyPair()
      await addKey(bridgePlace(loaded()).keyring, { key: keys.publicKey, name, role })
      return keys
    },
    client(keys, url = at('jobs'), bridgeKey = key) {
      const client = openBridgeClient({
        url,
        clock: systemClock,
        store: openSpillFolder(path.join(folder, `spilled-of-${clients.length}`)),
        dial: listener =>
          dial({ url, serverKey: bridgeKey, farKey: bridgeKey, keys, purpose: 'jobs' }, listener),
      })
      clients.push(client)
      return client
    },
    async close() {
      for (const close of undo.reverse()) await close()
    },
  }
}
