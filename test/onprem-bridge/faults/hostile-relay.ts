import { Context, Dealer, Router } from 'zeromq'
import type { KeyPair } from '../../../src/transports/zeromq/keys.ts'
import { openZap } from '../../../src/transports/zeromq/socket/zap.ts'

/** What a relay can do to a frame that it may neither read nor forge. */
export const mishaps = [
  'arrives',
  'lost',
  'twice',
  'late',
  'spoiled',
  'cut short',
  'grown',
  'random',
  'in parts',
  'too large',
  'an old one as well',
  'sent back',
  'from somebody else',
] as const

export type Mishap = (typeof mishaps)[number]

/** A frame as the relay sees it: whose connection it belongs to, and which way it goes. */
export interface Carried {
  readonly to: 'bridge' | 'submitter'
  readonly address: Buffer
  readonly frame: Buffer
}

export interface HostileRelay {
  readonly front: string
  readonly back: string
  /** What happens to the next frames, one after the other, whichever way they go; all others arrive. */
  mishaps: Mishap[]
  /** Everything that it was given to carry. */
  readonly seen: Carried[]
  /** Sends something of its own. */
  send(carried: Carried): void
  close(): Promise<void>
}

/** A relay in the middle that lets everybody in, and does to frames whatever it can do. */
export async function openHostileRelay(keys: KeyPair): Promise<HostileRelay> {
  const context = new Context()
  const zap = await openZap(context, () => true)
  const options = {
    context,
    linger: 0,
    curveServer: true,
    curveSecretKey: keys.secretKey,
    zapDomain: 'relay',
  } as const
  const front = new Router(options)
  const back = new Dealer({ ...options, immediate: true })
  await front.bind('tcp://127.0.0.1:*')
  await back.bind('tcp://127.0.0.1:*')
  const seen: Carried[] = []
  const held: Carried[] = []

  /** One message at a time, as sockets want it. */
  const queues = { bridge: Promise.resolve(), submitter: Promise.resolve() }
  const give = ({ to, address, frame }: Carried, ...more: Buffer[]) => {
    const socket = to === 'bridge' ? back : front
    // A side that is away takes nothing, and what was for it is lost.
    queues[to] = queues[to].then(async () => {
      if (!socket.closed) await socket.send([address, frame, ...more]).catch(() => {})
    })
  }
  const carry = (carried: Carried) => {
    seen.push(carried)
    const { to, address, frame } = carried
    const mishap = relay.mishaps.shift() ?? 'arrives'
    const as = (other: Buffer) => give({ ...carried, frame: other })
    if (mishap === 'arrives') give(carried)
    else if (mishap === 'twice') for (const _ of [1, 2]) give(carried)
    else if (mishap === 'late') held.push(carried)
    else if (mishap === 'spoiled') as(spoiled(frame))
    else if (mishap === 'cut short') as(frame.subarray(0, Math.floor(Math.random() * frame.length)))
    else if (mishap === 'grown') as(Buffer.concat([frame, Buffer.alloc(1 + Math.random() * 100)]))
    else if (mishap === 'random')
      as(Buffer.from(Array.from({ length: frame.length }, () => Math.random() * 256)))
    else if (mishap === 'in parts') give({ ...carried, frame: frame.subarray(0, 2) }, frame.subarray(2))
    else if (mishap === 'too large') as(Buffer.concat([frame, Buffer.alloc(3 * 1_024 * 1_024)]))
    else if (mishap === 'an old one as well') {
      give(carried)
      give({ ...seen[Math.floor(Math.random() * seen.length)]!, to })
    } else if (mishap === 'sent back') give({ to: to === 'bridge' ? 'submitter' : 'bridge', address, frame })
    else if (mishap === 'from somebody else')
      give({ ...carried, address: seen[Math.floor(Math.random() * seen.length)]!.address })
    if (mishap !== 'late') for (const late of held.splice(0)) give(late)
  }
  const read = async (socket: Router | Dealer, to: Carried['to']) => {
    for await (const [address, frame] of socket) if (address && frame) carry({ to, address, frame })
  }
  for (const [socket, to] of [
    [front, 'bridge'],
    [back, 'submitter'],
  ] as const)
    read(socket, to).catch(error => {
      if (!socket.closed) throw error
    })
  const relay: HostileRelay = {
    front: front.lastEndpoint!,
    back: back.lastEndpoint!,
    mishaps: [],
    seen,
    send: give,
    async close() {
      front.close()
      back.close()
      zap.close()
    },
  }
  return relay
}

function spoiled(frame: Buffer): Buffer {
  const other = Buffer.from(frame)
  const at = Math.floor(Math.random() * other.length)
  if (other.length > 0) other[at] = other[at]! ^ (1 << Math.floor(Math.random() * 8))
  return other
}
