import { hosts, ping } from 're-ops'
import { afterEach, expect, test, vi } from 'vitest'
import { start } from '../../../onprem-bridge/relay/main.ts'
import { configSchema } from '../../../src/core/config.ts'
import { systemClock } from '../../../src/executor/index.ts'
import { addKey, revokeKeys } from '../../../src/run/bridge/keyring/keys.ts'
import { bridgePlace } from '../../../src/run/bridge/place.ts'
import type { LoadedConfig } from '../../../src/run/config.ts'
import { wireLocal } from '../../../src/run/wire.ts'
import { openBridgeClient } from '../../../src/transports/zeromq/client/index.ts'
import { dial } from '../../../src/transports/zeromq/dial.ts'
import { makeKeyPair } from '../../../src/transports/zeromq/keys.ts'
import { memoryStore } from '../../fakes/memory-store.ts'
import { type BridgeLab, bridgeLab } from '../../lab/bridge/bridge.ts'

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

/** A relay as its root runs it, on ports that are free. */
async function startRelay(lab: BridgeLab, bridge: string) {
  const config = configSchema.parse({
    bridge: { relay: { listen: 'tcp://127.0.0.1:*', listenBridge: 'tcp://127.0.0.1:*', bridge } },
  })
  const loaded: LoadedConfig = { config, folder: lab.folder, file: undefined }
  const end = new AbortController()
  const said: string[] = []
  const args = { flags: {}, words: [] }
  const ended = start({ loaded, args, say: text => said.push(text), signal: end.signal })
  ended.catch(() => {})
  open.push(async () => {
    end.abort()
    await ended.catch(() => {})
  })
  await vi.waitFor(() => expect(said.length).toBeGreaterThanOrEqual(2))
  const [, front = '', back = ''] = /submitters at (\S+) and for the bridge at (\S+)/.exec(said[0]!) ?? []
  const [, key = ''] = /public key is (\S+)/.exec(said[1]!) ?? []
  return { front, back, key, said, loaded, ended }
}

test('a bridge and a submitter that both dial a relay work as if nothing were between them', async () => {
  const relayLab = await bridgeLab()
  const keys = makeKeyPair()
  const lab = await bridgeLab({ hosts: ['foo'] })
  open.push(
    () => relayLab.close(),
    () => lab.close(),
  )
  const first = await lab.open()
  const bridgeKey = first.key
  await first.end(0)
  const relay = await startRelay(relayLab, bridgeKey)
  for (const at of [relay.loaded, lab.loaded])
    await addKey(bridgePlace(at).keyring, { key: keys.publicKey, name: 'laptop', role: 'submit' })
  lab.change({ relay: { url: relay.back, key: relay.key } })
  const bridge = await lab.open()
  open.push(() => bridge.end(0))
  const url = relay.front
  const client = openBridgeClient({
    url,
    clock: systemClock,
    store: memoryStore(),
    dial: listener => dial({ url, serverKey: relay.key, farKey: bridgeKey, keys, purpose: 'jobs' }, listener),
  })
  const runtime = wireLocal({ loaded: lab.loaded, out: { publish() {} }, journal: false, bridge: client })
  open.push(() => runtime.close())
  const ask = async () => (await runtime.submit(ping(hosts(['foo', 'nowhere'])), undefined, {})).result()
  expect(await ask()).toMatchObject({
    successful: [{ host: 'foo' }],
    failure: [{ host: 'nowhere', code: 'unreachable' }],
  })
  expect(bridge.endpoints).toContainEqual({ for: 'jobs through a relay', at: relay.back, up: true })
  // Whoever the relay no longer lets in is gone from it, although the bridge knows the key still.
  await revokeKeys(bridgePlace(relay.loaded).keyring, 'laptop', 'client')
  await vi.waitFor(() => expect(relay.said.join('\n')).toContain('laptop: no longer let in'), {
    timeout: 5_000,
  })
  await expect(client.status()).rejects.toMatchObject({ name: 'BridgeRefused' })
})

test('a relay that knows no bridge says what to configure', async () => {
  const lab = await bridgeLab()
  open.push(() => lab.close())
  const loaded: LoadedConfig = { config: configSchema.parse({}), folder: lab.folder, file: undefined }
  const options = { loaded, args: { flags: {}, words: [] }, say() {}, signal: AbortSignal.abort() }
  await expect(start(options)).rejects.toMatchObject({
    name: 'InvalidConfig',
    message: expect.stringContaining('relay: { bridge'),
  })
})
