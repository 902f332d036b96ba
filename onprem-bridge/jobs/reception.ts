import { BridgeBusy, BridgeRefused } from '../../src/core/bridge.ts'
import { explainIssues, UnexpectedData } from '../../src/core/errors.ts'
import type { Json } from '../../src/core/json.ts'
import type { Clock } from '../../src/core/ports.ts'
import type { Packet, Peer, Reception } from '../../src/transports/zeromq/channel.ts'
import { type ToBridge, toBridge } from '../../src/transports/zeromq/messages.ts'
import type { Counter } from './counter.ts'
import type { OnEvent } from './events.ts'
import { addressOf } from './garbage.ts'
import type { KeptData } from './kept-data.ts'
import type { Limits } from './limits.ts'
import { cut, explain, say } from './say.ts'

export interface ReceptionParts {
  readonly counter: Counter
  readonly data: KeptData
  readonly clock: Clock
  readonly limits: Pick<Limits, 'inFlight'>
  readonly event: OnEvent
  readonly status: () => Json
  /** Hears that a session is over. */
  readonly left: (peer: Peer) => void
}

/** Hears submitters and readers. Nothing that is sent to it makes it throw. */
export interface JobReception extends Required<Reception> {
  /** Messages that were none. */
  readonly garbage: number
  /** Sessions that stand. */
  readonly peers: number
}

export function openReception(parts: ReceptionParts): JobReception {
  const { counter, data, clock, limits, event } = parts
  const inFlight = new Map<Peer, number>()
  let garbage = 0

  const refuse = (peer: Peer, to: { readonly nonce?: number; readonly id?: string }, error: unknown) => {
    const { id, nonce } = to
    const said = explain(error)
    if (nonce !== undefined) say(peer, { kind: 'error', nonce, ...said })
    else if (id === undefined) return
    else if (error instanceof BridgeBusy)
      say(peer, { kind: 'busy', id, retryAfterMs: error.retryAfterMs, why: error.message })
    else say(peer, { kind: 'refused', id, ...said })
  }

  const answer = async (peer: Peer, message: ToBridge, bytes: Uint8Array | undefined): Promise<void> => {
    const who = peer.identity!.name
    switch (message.kind) {
      case 'submit':
        return counter.submit(peer, message)
      case 'cancel':
        return counter.cancel(peer, message.id, message.reason)
      case 'have': {
        const keys = await data.missing(message.keys)
        return say(peer, { kind: 'missing', nonce: message.nonce, keys })
      }
      case 'put': {
        const { key, offset, total, nonce } = message
        const have = await data.put(who, { key, offset, total, bytes: bytes ?? new Uint8Array() })
        return say(peer, { kind: 'put-ok', nonce, have })
      }
      case 'get': {
        const { bytes: chunk, total } = await data.get(message.key, message.offset)
        return say(peer, { kind: 'chunk', nonce: message.nonce, total }, chunk)
      }
      case 'status':
        return say(peer, { kind: 'status', nonce: message.nonce, status: parts.status() })
    }
  }

  /** Throws when this peer may not say this, or says too much at once. */
  const admit = (peer: Peer, { kind }: ToBridge) => {
    const { identity } = peer
    if (identity?.role !== 'submit' && !(identity?.role === 'read' && kind === 'status'))
      throw new BridgeRefused(
        `${identity ? `${identity.name} has the role ${identity.role}` : 'a stranger has no role'} and may not ${kind} here; reops keys on the bridge gives a key the role submit`,
      )
    if ((inFlight.get(peer) ?? 0) >= limits.inFlight)
      throw new BridgeBusy(`${limits.inFlight} messages of this session are being answered`, 500)
  }

  const take = async (peer: Peer, message: ToBridge, bytes: Uint8Array | undefined) => {
    inFlight.set(peer, (inFlight.get(peer) ?? 0) + 1)
    try {
      await answer(peer, message, bytes)
    } catch (error) {
      refuse(peer, message, error)
    } finally {
      // Whoever left meanwhile is not counted any more.
      const now = inFlight.get(peer)
      if (now !== undefined) inFlight.set(peer, now - 1)
    }
  }

  return {
    onPeer: peer => void inFlight.set(peer, 0),
    onPacket(peer, { body, bytes }: Packet) {
      const parsed = toBridge.safeParse(body)
      if (!parsed.success) {
        garbage++
        const to = addressOf(body)
        const why = cut(explainIssues(parsed.error.issues), 1_000)
        if (to !== undefined) refuse(peer, to, new UnexpectedData(`this is no message to a bridge: ${why}`))
        return
      }
      try {
        admit(peer, parsed.data)
      } catch (error) {
        const { name, message: why } = error as Error
        const job = 'id' in parsed.data ? parsed.data.id : undefined
        event({
          kind: 'refuse',
          at: clock.now(),
          who: peer.identity?.name ?? 'a stranger',
          job,
          error: name,
          why,
        })
        refuse(peer, parsed.data, error)
        return
      }
      void take(peer, parsed.data, bytes)
    },
    onGone(peer) {
      inFlight.delete(peer)
      parts.left(peer)
    },
    get garbage() {
      return garbage
    },
    get peers() {
      return inFlight.size
    },
  }
}
