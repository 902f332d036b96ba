import { LibvirtProtocolError } from '../errors.ts'
import { type DomainEvent, type EventKind, eventByNumber, events } from '../protocol/events.ts'
import type { DomainRef } from '../protocol/references.ts'
import { XdrReader } from '../xdr/reader.ts'
import type { CallOptions, Calls } from './calls.ts'

export interface Subscription {
  /** No event is delivered after this is called; resolves when the daemon knows too. */
  close(options?: CallOptions): Promise<void>
}

export interface SubscribeOptions extends CallOptions {
  /** Only what happens to this one. */
  readonly domain?: DomainRef | undefined
}

/**
 * The events of one connection. An event may overtake the answer to its own subscription: it is kept until then, and
 * at most `maxEarly` are.
 */
export interface Subscriptions {
  subscribe<K extends EventKind>(
    kind: K,
    listener: (event: DomainEvent<K>) => void,
    options: SubscribeOptions,
  ): Promise<Subscription>
  receive(procedure: number, body: Buffer): void
  clear(): void
}

interface Arrived {
  readonly callbackId: number
  readonly event: DomainEvent
}

const maxEarly = 1_024

export function createSubscriptions(calls: Calls): Subscriptions {
  const listeners = new Map<number, (event: DomainEvent) => void>()
  const early: Arrived[] = []
  let subscribing = 0

  /** In a turn of its own: a listener that throws does so for the process to see, not into the decoder. */
  const deliver = ({ callbackId, event }: Arrived) =>
    process.nextTick(() => listeners.get(callbackId)?.(event))

  return {
    async subscribe(kind, listener, { domain, ...options }) {
      subscribing++
      try {
        const input = { eventId: events[kind].id, domain }
        const { callbackId } = await calls.start('connectDomainEventCallbackRegisterAny', input, options)
          .answer
        listeners.set(callbackId, listener as (event: DomainEvent) => void)
        for (const arrived of early.filter(each => each.callbackId === callbackId)) deliver(arrived)
        return {
          async close(closing = {}) {
            if (!listeners.delete(callbackId)) return
            await calls.start('connectDomainEventCallbackDeregisterAny', { callbackId }, closing).answer
          },
        }
      } finally {
        if (--subscribing === 0) early.length = 0
      }
    },
    receive(procedure, body) {
      const kind = eventByNumber.get(procedure)
      // What we never asked for says nothing to us.
      if (kind === undefined) return
      const reader = new XdrReader(body)
      const { callbackId, ...rest } = events[kind].shape.read(reader)
      reader.end()
      const arrived = { callbackId, event: { kind, ...rest } as DomainEvent }
      if (listeners.has(callbackId)) return deliver(arrived)
      if (subscribing === 0) return
      if (early.length === maxEarly)
        throw new LibvirtProtocolError(`More than ${maxEarly} events came before their subscription`)
      early.push(arrived)
    },
    clear() {
      listeners.clear()
      early.length = 0
    },
  }
}
