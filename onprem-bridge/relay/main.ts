/**
 * The relay: where a bridge that can't be reached meets those who submit to it. It dials nobody.
 *
 * 1. Both sides come by CURVE, each key to its own side: submitters and readers of the keyring in front, the one bridge
 *    that is configured behind.
 * 2. What it carries is sealed between the ends. It can delay and drop; it can neither read nor forge.
 * 3. It keeps nothing: after a restart everybody shakes hands again.
 * 4. Who is revoked in its keyring loses the connection within a second.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { whenAborted } from '../../src/core/aborted.ts'
import { InvalidConfig } from '../../src/core/errors.ts'
import { watchKeyring } from '../../src/run/bridge/keyring/watch.ts'
import { bridgePlace } from '../../src/run/bridge/place.ts'
import type { RootOptions } from '../../src/run/root.ts'
import { keepKeyFile } from '../../src/transports/zeromq/key-file.ts'
import { openRelay, type Relay } from '../../src/transports/zeromq/relay.ts'

/** How often and in what pauses (milliseconds) the ports are tried again that we have just let go ourselves. */
const tries = 40
const pauseMs = 50

/** Runs a relay until it is told to end. Throws `InvalidConfig`, `KeyFileTrouble`, `KeyringTrouble` and `CannotListen`. */
export async function start({ loaded, say, signal }: RootOptions): Promise<number> {
  const { listen, listenBridge, bridge } = loaded.config.bridge.relay
  if (bridge === undefined)
    throw new InvalidConfig(
      'a relay lets in one bridge, and none is configured: say bridge: { relay: { bridge: "<its public key>" } }; reops keys show prints it where the bridge is',
    )
  const place = bridgePlace(loaded)
  const keys = keepKeyFile(place.relayKey)
  const { promise: broken, reject: fail } = Promise.withResolvers<never>()
  broken.catch(() => {})
  const keyring = watchKeyring(place.keyring, {
    onRevoked: entries => {
      say(`${entries.map(({ name }) => name).join(', ')}: no longer let in; everybody connects again`)
      restart().catch(fail)
    },
    onTrouble: trouble => say(trouble?.message ?? 'the keyring can be read again'),
  })
  const open = (front: string, back: string) =>
    openRelay({
      front,
      back,
      keys,
      admit: (side, key) =>
        side === 'bridge' ? key === bridge : ['submit', 'read'].includes(keyring.find(key)?.role ?? ''),
    })
  let relay = await open(listen, listenBridge)
  let restarting: Promise<void> = Promise.resolve()
  const restart = () => {
    restarting = restarting.then(async () => {
      const { front, back } = relay
      await relay.close()
      if (!signal.aborted) relay = await again(() => open(front, back))
    })
    return restarting
  }
  say(`relay for submitters at ${relay.front} and for the bridge at ${relay.back}`)
  say(`its public key is ${keys.publicKey}`)
  try {
    await Promise.race([whenAborted(signal), broken])
    return 0
  } finally {
    keyring.close()
    await restarting.catch(() => {})
    await relay.close()
  }
}

async function again(open: () => Promise<Relay>): Promise<Relay> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await open()
    } catch (error) {
      if (attempt === tries) throw error
      await sleep(pauseMs)
    }
  }
}
