import type { BridgePort } from '../../../core/bridge.ts'
import type { Json } from '../../../core/json.ts'
import type { Clock } from '../../../core/ports.ts'
import type { SpillStore } from '../../../core/spill.ts'
import type { Channel, ChannelListener } from '../channel.ts'
import { bound } from './bound.ts'
import { isTooDeep } from './depth.ts'
import { type Box, openBox, seeThrough } from './job.ts'
import { openKept } from './kept.ts'
import { type ClientLimits, defaultLimits } from './limits.ts'
import { type JobMessage, NoMoreSessions, openLink, SessionOver } from './link.ts'
import { progressIn } from './progress.ts'
import { noMore, refused, unreachable } from './words.ts'

export interface BridgeClientOptions {
  /** Where the bridge is, for messages. */
  readonly url: string
  /** Begins to dial it; the channel connects again by itself. */
  readonly dial: (listener: ChannelListener) => Channel
  readonly clock: Clock
  /** Our own kept data: what requests refer to is here, and what answers refer to is put here. */
  readonly store: SpillStore
  readonly limits?: Partial<ClientLimits> | undefined
  /** From 0 up to 1, for jitter. */
  readonly random?: (() => number) | undefined
}

/** A bridge as its submitter sees it. */
export interface BridgeClient extends BridgePort {
  /** What the bridge says of itself. Rejects with `BridgeUnreachable` and `BridgeRefused`. */
  status(signal?: AbortSignal): Promise<Json>
  /** What came that was no message, and what nobody waited for. */
  readonly strays: { readonly garbage: number; readonly unasked: number }
}

/**
 * Dials a bridge and gives it tasks. Any number of them share one session; those that are open when it breaks are
 * submitted again on the next one, under the same ids.
 *
 * @example
 * const bridge = openBridgeClient({ url, dial: listener => dial({ url, serverKey, farKey, keys }, listener), clock, store })
 * const output = await bridge.answer(request, { id, signal, progress, heartbeat })
 * await bridge.close()
 */
export function openBridgeClient(options: BridgeClientOptions): BridgeClient {
  const { url, dial, clock, store, random = Math.random } = options
  const limits: ClientLimits = { ...defaultLimits, ...options.limits }
  const boxes = new Map<string, Set<Box>>()
  const onJob = (message: JobMessage) => deliver(message, boxes, () => link.distrust())
  const link = openLink({ dial, clock, askMs: limits.askMs, onJob })
  const kept = openKept({ link, store, clock, random, limits })
  const parts = { url, link, kept, clock, random, limits }

  return {
    strays: link.strays,
    answer: async (request, call) => {
      call.signal.throwIfAborted()
      const box = openBox(call)
      const others = boxes.get(call.id) ?? new Set()
      boxes.set(call.id, others.add(box))
      try {
        return await seeThrough(request, box, parts)
      } finally {
        others.delete(box)
        if (others.size === 0) boxes.delete(call.id)
      }
    },
    status: async signal => {
      const wait = bound(clock, limits.connectMs)
      const stop = signal === undefined ? wait.signal : AbortSignal.any([signal, wait.signal])
      try {
        for (;;) {
          const session = await link.session(stop)
          try {
            const { message } = await link.ask(session, { kind: 'status' }, stop)
            if (message.kind === 'status') return message.status
            if (message.kind === 'error') throw refused(url, `${message.error}: ${message.cause}`)
            throw refused(url, `it answered ${message.kind}`)
          } catch (error) {
            if (!(error instanceof SessionOver)) throw error
            await clock.sleep(100, stop)
          }
        }
      } catch (error) {
        if (error instanceof NoMoreSessions) throw noMore(url, error)
        if (error === wait.signal.reason) throw unreachable(url, limits.connectMs / 1000, link.why)
        throw error
      } finally {
        wait.stop()
      }
    },
    close: () => link.close(),
  }
}

/** Hands a message to the jobs that it is about; answers whether any waits for it. */
function deliver(
  message: JobMessage,
  boxes: ReadonlyMap<string, ReadonlySet<Box>>,
  distrust: () => void,
): boolean {
  const of = (id: string): readonly Box[] => [...(boxes.get(id) ?? [])]
  if (message.kind === 'heartbeat') {
    const heard = message.ids.flatMap(of)
    for (const box of heard) sign(box)
    return heard.length > 0
  }
  if (message.kind === 'progress') {
    const events = message.events.flatMap(said => progressIn(said) ?? [])
    for (let odd = events.length; odd < message.events.length; odd++) distrust()
    for (const box of events.length === 0 ? [] : of(message.id)) {
      sign(box)
      for (const event of events) box.call.progress(event)
    }
    return boxes.has(message.id)
  }
  if (message.kind === 'answer' && isTooDeep(message.output)) {
    distrust()
    return boxes.has(message.id)
  }
  // Without an id it is us who are refused, and with us all that was not accepted.
  const meant =
    message.kind === 'refused' && message.id === undefined
      ? [...boxes.values()].flatMap(set => [...set]).filter(({ accepted }) => !accepted)
      : of(message.id!)
  return meant.map(({ mail }) => mail.push(message)).includes(true)
}

/** Somebody works on it. */
function sign(box: Box): void {
  box.heard = true
  box.call.heartbeat()
}
