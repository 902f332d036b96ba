import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ChannelState, Packet, Peer } from '../../../../src/transports/zeromq/channel.ts'
import { makeKeyPair } from '../../../../src/transports/zeromq/keys.ts'
import { type Admission, acceptSessions } from '../../../../src/transports/zeromq/session/accept.ts'
import { mostPacketBytes } from '../../../../src/transports/zeromq/session/content.ts'
import { dialSession } from '../../../../src/transports/zeromq/session/dial.ts'
import { encodeFrame } from '../../../../src/transports/zeromq/session/frame.ts'
import type { Purpose } from '../../../../src/transports/zeromq/session/greeting.ts'
import fc from '../../../support/fast-check.ts'
import { address, type BadWire, type Mishap, openBadWire } from './bad-wire.ts'

const bridge = makeKeyPair()
const laptop = makeKeyPair()
const timing = { beat: 1_000, silence: 4_000, firstRetry: 100, lastRetry: 400 }

interface Scene {
  readonly wire: BadWire
  readonly near: (Packet | ChannelState['at'])[]
  readonly far: { readonly peer: Peer; readonly heard: Packet[]; gone?: string }[]
  readonly channel: ReturnType<typeof dialSession>
  readonly sessions: ReturnType<typeof acceptSessions>
  /** Gives over frames, and lets time go on, until nothing is under way. */
  settle(ms?: number): Promise<void>
}

function scene(
  admit: (key: string) => Admission = () => ({ identity: { name: 'laptop', role: 'submit' } }),
  { farKey = bridge.publicKey, purposes = ['jobs', 'jobs'] as [Purpose, Purpose] } = {},
): Scene {
  const wire = openBadWire()
  const near: Scene['near'] = []
  const far: Scene['far'] = []
  const of = (peer: Peer) => far.find(one => one.peer === peer)!
  const sessions = acceptSessions(
    { link: wire.link, keys: bridge, purpose: purposes[1], admit, timing },
    {
      onPeer: peer => far.push({ peer, heard: [] }),
      onPacket: (peer, packet) => of(peer).heard.push(packet),
      onGone: (peer, why) => Object.assign(of(peer), { gone: why }),
    },
  )
  wire.onFrame = sessions.take
  const channel = dialSession(
    { openWire: wire.openWire, farKey, keys: laptop, purpose: purposes[0], timing },
    { onState: ({ at }) => near.push(at), onPacket: packet => near.push(packet) },
  )
  const settle = async (ms = 0) => {
    for (let left = ms; ; left -= 50) {
      // What is said in one moment goes at its end.
      do await null
      while (wire.deliver())
      if (left <= 0) return
      vi.advanceTimersByTime(50)
    }
  }
  wire.connect()
  return { wire, near, far, channel, sessions, settle }
}

const packet = (n: number, bytes?: Uint8Array): Packet => ({
  body: { n },
  ...(bytes ? { bytes } : {}),
})
const numbers = (packets: readonly Packet[]) => packets.map(({ body }) => (body as { n: number }).n)

describe('a session', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('knows both ends, keeps the order, and brings JSON and bytes both ways', async () => {
    const s = scene()
    await s.settle()
    expect(s.channel.state).toEqual({ at: 'open' })
    const [{ peer, heard }] = s.far as [Scene['far'][0]]
    expect(peer).toMatchObject({ key: laptop.publicKey, identity: { name: 'laptop', role: 'submit' } })
    for (let n = 0; n < 5; n++) expect(s.channel.send(packet(n, Uint8Array.of(n, n)))).toBe(true)
    await s.settle()
    expect(numbers(heard)).toEqual([0, 1, 2, 3, 4])
    expect(heard[3]?.bytes).toEqual(Buffer.of(3, 3))
    expect(peer.send({ body: { text: 'grüße', __proto__: null } })).toBe(true)
    await s.settle()
    expect(s.near).toEqual(['open', { body: { text: 'grüße' } }])
  })

  test('shows whoever carries it nothing of what it says, and not who says it', async () => {
    const s = scene()
    await s.settle()
    s.channel.send({ body: { secret: 'rosebud rosebud' }, bytes: Buffer.from('rosebud') })
    await s.settle()
    const carried = Buffer.concat(s.wire.seen).toString('latin1')
    expect(carried).not.toContain('rosebud')
    expect(carried).not.toContain('laptop')
    expect(carried.includes(Buffer.from(laptop.publicKey).toString('latin1'))).toBe(false)
  })

  test('is refused with the reason, sealed, and for good', async () => {
    const s = scene(() => ({ refused: 'its key was revoked on Friday' }))
    await s.settle(5_000)
    expect(s.channel.state).toEqual({ at: 'refused', why: 'its key was revoked on Friday' })
    expect(s.far).toEqual([])
    expect(s.channel.send(packet(1))).toBe(false)
    expect(s.sessions.counts).toMatchObject({ refused: 1, opened: 0 })
  })

  test('is only made with whom was meant, and for what was meant', async () => {
    const impostor = scene(undefined, { farKey: makeKeyPair().publicKey })
    await impostor.settle(3_000)
    expect(impostor.channel.state.at).toBe('connecting')
    expect(impostor.sessions.counts.garbage).toBeGreaterThan(2)
    const otherwise = scene(undefined, { purposes: ['agents', 'jobs'] })
    await otherwise.settle(3_000)
    expect(otherwise.channel.state.at).toBe('connecting')
    expect([...impostor.far, ...otherwise.far]).toEqual([])
  })

  test('counts for nothing until whoever began it proves that it is there: a first message may be a copy', async () => {
    const s = scene()
    s.wire.deliver()
    const hello = s.wire.seen[0]!
    await s.settle()
    s.sessions.take(Buffer.of(9), hello)
    await s.settle(10_000)
    expect(s.far).toHaveLength(1)
    expect(s.sessions.peers).toHaveLength(1)
  })

  test('ends for both when it was silent, and begins again when the wire is back', async () => {
    const s = scene()
    await s.settle()
    s.wire.disconnect()
    await s.settle(6_000)
    expect(s.channel.state).toMatchObject({ at: 'connecting', why: 'cut' })
    expect(s.far[0]?.gone).toContain('nothing was heard of it for 4 s')
    expect(s.channel.send(packet(1))).toBe(false)
    s.wire.connect()
    await s.settle()
    expect(s.channel.state.at).toBe('open')
    expect(s.far).toHaveLength(2)
  })

  test('goes on as long as both are there, although nobody says anything', async () => {
    const s = scene()
    await s.settle(60_000)
    expect(s.near).toEqual(['open'])
    expect(s.sessions.peers).toHaveLength(1)
  })

  test('is made anew where the far end forgot it, as after a restart', async () => {
    const s = scene()
    await s.settle()
    s.sessions.forget('restarted')
    expect(s.channel.send(packet(1))).toBe(true)
    await s.settle(1_000)
    expect(s.near).toEqual(['open', 'connecting', 'open'])
    expect(s.far.map(({ gone }) => gone)).toEqual(['restarted', undefined])
    expect(s.far[1]?.heard).toEqual([])
  })

  test('of a key that is revoked is ended at once, and not made again', async () => {
    let admission: Admission = { identity: { name: 'laptop', role: 'submit' } }
    const s = scene(() => admission)
    await s.settle()
    admission = { refused: 'revoked' }
    expect(s.sessions.recheck()).toBe(1)
    expect(s.sessions.recheck()).toBe(0)
    await s.settle(2_000)
    expect(s.near).toEqual(['open', 'connecting', 'refused'])
    expect(s.far[0]?.gone).toBe('revoked')
  })

  test('takes a packet of the size that it allows, and says what is too large', async () => {
    const s = scene()
    await s.settle()
    const room = mostPacketBytes - JSON.stringify({ n: 1 }).length
    expect(s.channel.send(packet(1, new Uint8Array(room)))).toBe(true)
    expect(() => s.channel.send(packet(1, new Uint8Array(room + 1)))).toThrow(/send it in chunks/)
    await s.settle()
    expect(s.far[0]?.heard[0]?.bytes).toHaveLength(room)
    expect(s.channel.state.at).toBe('open')
  })

  test('that is begun with the same word again and again, since no answer came, is one session', async () => {
    const s = scene()
    const hellos: Buffer[] = []
    s.wire.onFrame = (_from, frame) => void hellos.push(frame)
    await s.settle(3_000)
    expect(hellos.length).toBeGreaterThan(2)
    expect(new Set(hellos.map(frame => frame.toString('hex'))).size).toBe(1)
    s.wire.onFrame = s.sessions.take
    for (const frame of hellos) s.sessions.take(address, frame)
    await s.settle()
    for (const frame of hellos) s.sessions.take(address, frame)
    await s.settle(1_000)
    expect(s.near).toEqual(['open'])
    expect(s.sessions.counts).toMatchObject({ opened: 1, garbage: 0 })
    expect(s.far).toHaveLength(1)
  })

  test('puts what is said in one moment into one frame, as far as it fits, and says its words after it', async () => {
    const s = scene()
    await s.settle()
    const frames: Buffer[] = []
    s.wire.onFrame = (from, frame) => {
      frames.push(frame)
      s.sessions.take(from, frame)
    }
    for (let n = 0; n < 50; n++) s.channel.send(packet(n))
    s.channel.send(packet(50, new Uint8Array(100_000)))
    s.channel.send(packet(51))
    void s.channel.close()
    await s.settle()
    // The many, the large one, the last, and the farewell.
    expect(frames).toHaveLength(4)
    expect(numbers(s.far[0]!.heard)).toEqual(Array.from({ length: 52 }, (_, n) => n))
    expect(s.far[0]?.gone).toBe('closed')
  })

  test('hears nothing more of a frame when it was ended in the middle of it', async () => {
    const s = scene()
    await s.settle()
    for (let n = 0; n < 5; n++) s.sessions.peers[0]!.send(packet(n))
    const closeAtTwo = s.near.push
    s.near.push = (...items) => {
      const count = closeAtTwo.apply(s.near, items)
      if (
        items.some(item => typeof item === 'object' && 'body' in item && (item.body as { n: number }).n === 2)
      )
        void s.channel.close()
      return count
    }
    await s.settle()
    expect(numbers(s.near.filter(item => typeof item === 'object'))).toEqual([0, 1, 2])
  })

  test('answers what it does not understand of another version with a word that names ours', async () => {
    const s = scene()
    await s.settle()
    const before = s.wire.seen.length
    s.sessions.take(address, Buffer.of(9, 1, 2, 3))
    expect(s.wire.seen.slice(before)).toEqual([encodeFrame('foreign', Buffer.of(1))])
    await s.settle()
    expect(s.channel.state.at).toBe('open')
    s.sessions.forget('updated')
    s.wire.onFrame = from => void s.wire.link.send(from, Buffer.of(9, 5, 9))
    s.channel.send(packet(1))
    await s.settle()
    s.wire.link.send(address, encodeFrame('stray'))
    await s.settle(500)
    expect(s.channel.state).toMatchObject({
      at: 'connecting',
      why: expect.stringContaining('speaks version 9 of the protocol and we speak 1'),
    })
    const newer = s.wire.seen.length
    s.sessions.take(address, Buffer.of(9, 5, 9))
    expect(s.wire.seen).toHaveLength(newer)
  })
})

const mishap = fc.constantFrom<Mishap>(
  'arrives',
  'arrives',
  'arrives',
  'lost',
  'twice',
  'late',
  'spoiled',
  'cut short',
  'grown',
)

type Doing = 'near says' | 'far says' | 'deliver' | 'wait' | 'cut' | 'forget'

test('whatever happens to frames, nothing is heard twice, out of order or changed, and a good wire heals it', async () => {
  vi.useFakeTimers()
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.array(mishap, { maxLength: 60 }),
        fc.array(fc.constantFrom<Doing>('near says', 'far says', 'deliver', 'wait', 'cut', 'forget'), {
          maxLength: 40,
        }),
        async (mishaps, doings) => {
          const s = scene()
          s.wire.mishaps = [...mishaps]
          let n = 0
          for (const doing of doings) {
            if (doing === 'near says') s.channel.send(packet(n++))
            else if (doing === 'far says') for (const peer of s.sessions.peers) peer.send(packet(n++))
            else if (doing === 'deliver') s.wire.deliver()
            else if (doing === 'wait') await s.settle(500)
            else if (doing === 'forget') s.sessions.forget('restarted')
            else {
              s.wire.disconnect()
              s.wire.connect()
            }
          }
          for (const { heard } of s.far) expectRising(numbers(heard))
          const perSession: Packet[][] = [[]]
          for (const one of s.near) {
            if (typeof one === 'string') perSession.push([])
            else perSession.at(-1)!.push(one)
          }
          for (const heard of perSession) expectRising(numbers(heard))
          s.wire.mishaps = []
          await s.settle(20_000)
          expect(s.channel.state.at).toBe('open')
          expect(s.sessions.peers).toHaveLength(1)
          s.channel.send(packet(1_000))
          s.sessions.peers[0]!.send(packet(1_001))
          await s.settle()
          expect(numbers(s.far.at(-1)!.heard).at(-1)).toBe(1_000)
          expect(s.near.at(-1)).toEqual(packet(1_001))
          void s.channel.close()
          s.sessions.close('end')
        },
      ),
      { numRuns: 150 },
    )
  } finally {
    vi.useRealTimers()
  }
})

function expectRising(heard: readonly number[]): void {
  expect(heard).toEqual([...new Set(heard)].toSorted((a, b) => a - b))
}

test('no bytes make either end throw or believe anything', async () => {
  vi.useFakeTimers()
  try {
    const s = scene()
    await s.settle()
    const kinds = fc.constantFrom<Parameters<typeof encodeFrame>[0]>('hello', 'welcome', 'sealed', 'stray')
    fc.assert(
      fc.property(kinds, fc.uint8Array({ maxLength: 300 }), fc.boolean(), (kind, bytes, framed) => {
        const frame = framed ? encodeFrame(kind, bytes) : Buffer.from(bytes)
        s.sessions.take(Buffer.of(5, 5), frame)
        s.sessions.take(address, frame)
        s.wire.deliver()
        expect(s.sessions.peers).toHaveLength(1)
      }),
      { numRuns: 2_000 },
    )
    await s.settle()
    expect(s.near).toEqual(['open'])
  } finally {
    vi.useRealTimers()
  }
})
