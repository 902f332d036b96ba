import { afterEach, describe, expect, test, vi } from 'vitest'
import { Context, Dealer, Request } from 'zeromq'
import type { Channel, ChannelState, Packet, Peer } from '../../../../src/transports/zeromq/channel.ts'
import { dial } from '../../../../src/transports/zeromq/dial.ts'
import { type KeyPair, makeKeyPair } from '../../../../src/transports/zeromq/keys.ts'
import { type Listener, listen } from '../../../../src/transports/zeromq/listen.ts'
import { openRelay, type Relay } from '../../../../src/transports/zeromq/relay.ts'
import type { Admission } from '../../../../src/transports/zeromq/session/accept.ts'
import { dialSession } from '../../../../src/transports/zeromq/session/dial.ts'
import { openZap } from '../../../../src/transports/zeromq/socket/zap.ts'

const bridge = makeKeyPair()
const laptop = makeKeyPair()

/** What was opened, closed after each test in the other order. */
const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

interface Far {
  readonly listener: Listener
  readonly peers: Peer[]
  readonly gone: string[]
  readonly heard: { readonly peer: Peer; readonly packet: Packet }[]
  /** By public key. */
  readonly allowed: Map<string, Admission>
}

/** A bridge that answers what it hears, at an endpoint or through a relay. */
async function openFar(
  through?: { readonly relay: string; readonly relayKey: string },
  onPacket: (peer: Peer, packet: Packet) => void = (peer, packet) => peer.send(packet),
): Promise<Far> {
  const context = new Context()
  const allowed = new Map<string, Admission>([
    [laptop.publicKey, { identity: { name: 'laptop', role: 'submit' } }],
  ])
  const admit = (key: string): Admission => allowed.get(key) ?? { refused: 'nobody knows this key' }
  const zap = await openZap(context, (domain, key) => domain === 'jobs' && allowed.has(key))
  const peers: Peer[] = []
  const gone: string[] = []
  const heard: Far['heard'] = []
  const listener = await listen(
    {
      context,
      keys: bridge,
      purpose: 'jobs',
      admit,
      ...(through ?? { endpoint: 'tcp://127.0.0.1:*' }),
    },
    {
      onPeer: peer => peers.push(peer),
      onPacket: (peer, packet) => {
        heard.push({ peer, packet })
        onPacket(peer, packet)
      },
      onGone: (_peer, why) => gone.push(why),
    },
  )
  open.push(
    () => zap.close(),
    () => listener.close('the test is over'),
  )
  return { listener, peers, gone, heard, allowed }
}

interface Near {
  readonly channel: Channel
  readonly states: ChannelState[]
  readonly heard: Packet[]
}

function openNear(
  url: string,
  keys: KeyPair = laptop,
  serverKey = bridge.publicKey,
  farKey = serverKey,
): Near {
  const states: ChannelState[] = []
  const heard: Packet[] = []
  const channel = dial(
    { url, serverKey, farKey, keys, purpose: 'jobs' },
    { onState: state => states.push(state), onPacket: packet => heard.push(packet) },
  )
  open.push(() => channel.close())
  return { channel, states, heard }
}

const until = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 10 })
const untilOpen = ({ channel }: Near) => until(() => expect(channel.state.at).toBe('open'))

describe('sessions over sockets', () => {
  test('know who is there by its key, and bring packets both ways in order', async () => {
    const far = await openFar()
    const near = openNear(far.listener.endpoint)
    await untilOpen(near)
    for (let n = 0; n < 200; n++) near.channel.send({ body: { n }, bytes: new Uint8Array(n) })
    await until(() => expect(near.heard).toHaveLength(200))
    expect(near.heard.map(({ body, bytes }) => [(body as { n: number }).n, bytes?.length ?? 0])).toEqual(
      Array.from({ length: 200 }, (_, n) => [n, n]),
    )
    expect(far.peers).toMatchObject([{ key: laptop.publicKey, identity: { name: 'laptop', role: 'submit' } }])
    await near.channel.close()
    await until(() => expect(far.gone).toEqual(['closed']))
  })

  test('are not made with a key that nobody knows, and who has it is told', async () => {
    const far = await openFar()
    const stranger = openNear(far.listener.endpoint, makeKeyPair())
    await until(() => expect(stranger.channel.state.at).toBe('refused'))
    expect(stranger.states.at(-1)).toMatchObject({ why: expect.stringMatching(/does not let this key in/) })
    expect(far.peers).toEqual([])
  })

  test('are not made with whoever has another key than was said', async () => {
    const far = await openFar()
    const near = openNear(far.listener.endpoint, laptop, makeKeyPair().publicKey)
    await until(() => expect(near.states.at(-1)).toMatchObject({ why: expect.stringMatching(/another key/) }))
    expect(near.channel.state.at).toBe('connecting')
    expect(far.peers).toEqual([])
  })

  test.each([
    ['without any mechanism', {}],
    ['with a name and a password', { plainUsername: 'laptop', plainPassword: 'let me in' }],
  ])('let nothing through %s', async (_what, options) => {
    const far = await openFar()
    const socket = new Dealer({ linger: 0, ...options })
    open.push(() => socket.close())
    const refused = new Promise<string>(resolve => {
      for (const name of [
        'handshake:error:protocol',
        'handshake:error:other',
        'handshake:error:auth',
        'disconnect',
      ] as const)
        socket.events.on(name, ({ type }) => resolve(type))
      socket.events.on('handshake', () => resolve('let in'))
    })
    socket.connect(far.listener.endpoint)
    await socket.send('hello')
    expect(await refused).not.toBe('let in')
    expect(far.listener.counts).toEqual({ opened: 0, refused: 0, garbage: 0, lost: 0 })
  })

  test('are let in by nobody where no handler of ZAP is there', async () => {
    const context = new Context()
    const listener = await listen(
      { context, keys: bridge, purpose: 'jobs', endpoint: 'tcp://127.0.0.1:*', admit: () => 'stranger' },
      { onPacket() {} },
    )
    open.push(() => listener.close(''))
    const near = openNear(listener.endpoint)
    await until(() => expect(near.states.length).toBeGreaterThan(0))
    expect(near.states.map(({ at }) => at)).not.toContain('open')
  })

  test('of a key that is revoked end at once, with their connection, and the others come back', async () => {
    const far = await openFar()
    const other = makeKeyPair()
    far.allowed.set(other.publicKey, { identity: { name: 'other', role: 'read' } })
    const [near, witness] = [openNear(far.listener.endpoint), openNear(far.listener.endpoint, other)]
    await untilOpen(near)
    await untilOpen(witness)
    // Each believes in its session a moment before the far end does.
    await until(() => expect(far.listener.peers).toHaveLength(2))
    far.allowed.delete(laptop.publicKey)
    expect(await far.listener.recheck()).toBe(1)
    await until(() => expect(near.channel.state.at).toBe('refused'))
    await until(() => expect(far.listener.peers.map(({ identity }) => identity?.name)).toEqual(['other']))
    await untilOpen(witness)
    expect(far.gone).toContain('nobody knows this key')
    expect(await far.listener.recheck()).toBe(0)
  })

  test('are there again after the bridge was', async () => {
    const far = await openFar()
    const near = openNear(far.listener.endpoint)
    await untilOpen(near)
    const { endpoint } = far.listener
    await far.listener.close('an update')
    await until(() => expect(near.channel.state.at).toBe('connecting'))
    const context = new Context()
    const zap = await openZap(context, () => true)
    open.push(() => zap.close())
    const again = await vi.waitFor(() =>
      listen(
        { context, keys: bridge, purpose: 'jobs', endpoint, admit: () => 'stranger' },
        { onPacket: (peer, packet) => peer.send(packet) },
      ),
    )
    open.push(() => again.close('the test is over'))
    await untilOpen(near)
    near.channel.send({ body: { n: 1 } })
    await until(() => expect(near.heard).toHaveLength(1))
  })

  test('lose whoever takes nothing, and keep the others', async () => {
    const far = await openFar()
    const socket = new Dealer({
      linger: 0,
      receiveHighWaterMark: 1,
      curveServerKey: bridge.publicKey,
      curvePublicKey: laptop.publicKey,
      curveSecretKey: laptop.secretKey,
    })
    open.push(() => socket.close())
    // It shakes hands, and then reads nothing any more.
    let opened = false
    dialSession(
      {
        farKey: bridge.publicKey,
        keys: laptop,
        purpose: 'jobs',
        openWire(listener) {
          socket.events.on('handshake', () => listener.onConnected())
          const read = async () => {
            while (!opened) listener.onFrame((await socket.receive())[0]!)
          }
          void read()
          socket.connect(far.listener.endpoint)
          return {
            send: frame => !socket.closed && socket.send(frame) !== undefined,
            close: async () => {},
          }
        },
      },
      {
        onState: ({ at }) => {
          opened ||= at === 'open'
        },
        onPacket() {},
      },
    )
    await until(() => expect(far.peers).toHaveLength(1))
    const other = openNear(far.listener.endpoint)
    await untilOpen(other)
    const bytes = new Uint8Array(512 * 1024)
    await until(() => expect(far.peers[0]!.send({ body: {}, bytes })).toBe(false))
    expect(far.gone).toEqual(['it takes nothing any more'])
    other.channel.send({ body: { n: 1 } })
    await until(() => expect(other.heard).toHaveLength(1))
  })

  test('survive frames that are too large, in parts or nothing at all', async () => {
    const far = await openFar()
    const near = openNear(far.listener.endpoint)
    await untilOpen(near)
    const options = {
      linger: 0,
      curveServerKey: bridge.publicKey,
      curvePublicKey: laptop.publicKey,
      curveSecretKey: laptop.secretKey,
    }
    const rude = new Dealer(options)
    open.push(() => rude.close())
    rude.connect(far.listener.endpoint)
    await rude.send(['one', 'two', 'three'])
    await rude.send([''])
    await rude.send(['R', '', ''])
    await rude.send(Buffer.alloc(4 * 1024 * 1024))
    await until(() => expect(far.listener.counts.garbage).toBeGreaterThanOrEqual(3))
    near.channel.send({ body: { n: 1 } })
    await until(() => expect(near.heard).toHaveLength(1))
    expect(far.heard).toHaveLength(1)
  })
})

describe('a handler of ZAP', () => {
  test('answers what is no request of its protocol with a refusal', async () => {
    const context = new Context()
    const zap = await openZap(context, () => true)
    const socket = new Request({ context, linger: 0 })
    open.push(
      () => zap.close(),
      () => socket.close(),
    )
    socket.connect('inproc://zeromq.zap.01')
    const ask = async (...parts: (string | Buffer)[]) => {
      await socket.send(parts)
      return (await socket.receive())[2]?.toString()
    }
    const key = Buffer.alloc(32, 7)
    const known = ['1.0', '1', 'jobs', '127.0.0.1', ''] as const
    expect(await ask(...known, 'CURVE', key)).toBe('200')
    expect(await ask(...known, 'NULL')).toBe('400')
    expect(await ask(...known, 'PLAIN', 'admin', 'admin')).toBe('400')
    expect(await ask(...known, 'CURVE', key.subarray(1))).toBe('400')
    expect(await ask(...known, 'CURVE', key, key)).toBe('400')
    expect(await ask('2.0', ...known.slice(1), 'CURVE', key)).toBe('400')
    expect(await ask('nothing')).toBe('400')
    expect(zap.counts).toEqual({ admitted: 1, refused: 6 })
  })
})

describe('a relay', () => {
  const relayKeys = makeKeyPair()
  const start = async (
    places = { front: 'tcp://127.0.0.1:*', back: 'tcp://127.0.0.1:*' },
    admit = (side: string, key: string) => key === (side === 'bridge' ? bridge : laptop).publicKey,
  ): Promise<Relay> => {
    const relay = await openRelay({ ...places, keys: relayKeys, admit })
    open.push(() => relay.close())
    return relay
  }

  test('joins submitters and a bridge that both dial it, and each knows the other and not the relay', async () => {
    const relay = await start()
    const far = await openFar({ relay: relay.back, relayKey: relayKeys.publicKey })
    const near = openNear(relay.front, laptop, relayKeys.publicKey, bridge.publicKey)
    await untilOpen(near)
    near.channel.send({ body: { text: 'through' }, bytes: new Uint8Array(300_000) })
    await until(() => expect(near.heard).toMatchObject([{ body: { text: 'through' } }]))
    expect(far.peers).toMatchObject([{ key: laptop.publicKey, identity: { name: 'laptop' } }])
    expect(far.listener.connected).toBe(true)
  })

  test('lets in no other submitter, and nobody else as the bridge', async () => {
    const relay = await start()
    await openFar({ relay: relay.back, relayKey: relayKeys.publicKey })
    const stranger = openNear(relay.front, makeKeyPair(), relayKeys.publicKey, bridge.publicKey)
    const impostor = openNear(relay.back, laptop, relayKeys.publicKey, bridge.publicKey)
    await until(() =>
      expect([stranger, impostor].map(({ channel }) => channel.state.at)).toEqual(['refused', 'refused']),
    )
  })

  test('that does not let the bridge in yet finds it there when it does', async () => {
    let known = false
    const relay = await start(undefined, side => side === 'submitters' || known)
    const far = await openFar({ relay: relay.back, relayKey: relayKeys.publicKey })
    await until(() => expect(relay.counts.refused).toBeGreaterThan(1))
    expect(far.listener.connected).toBe(false)
    known = true
    await untilOpen(openNear(relay.front, laptop, relayKeys.publicKey, bridge.publicKey))
  })

  test('may be away: sessions are lost with it, and made again when it is back', async () => {
    const relay = await start()
    const { front, back } = relay
    const far = await openFar({ relay: back, relayKey: relayKeys.publicKey })
    const near = openNear(front, laptop, relayKeys.publicKey, bridge.publicKey)
    await untilOpen(near)
    await until(() => expect(far.listener.peers).toHaveLength(1))
    await relay.close()
    await until(() => expect(far.gone).toContain('the relay was lost'))
    await vi.waitFor(() => start({ front, back }), { timeout: 5_000 })
    await until(() => expect(far.listener.peers).toHaveLength(1))
    await untilOpen(near)
    near.channel.send({ body: { n: 1 } })
    await until(() => expect(near.heard).toHaveLength(1))
  })
})
