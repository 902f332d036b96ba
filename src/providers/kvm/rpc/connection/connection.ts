import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { LibvirtConnectionLost, LibvirtProtocolError } from '../errors.ts'
import { FrameDecoder } from '../frames/decoder.ts'
import { type Header, programs, types } from '../frames/header.ts'
import type { DomainEvent, EventKind } from '../protocol/events.ts'
import type { Answer, Input, ProcedureName } from '../protocol/procedures.ts'
import { type CallOptions, createCalls } from './calls.ts'
import { createKeepalive } from './keepalive.ts'
import { createStreams, type StreamName, type StreamOptions } from './streams.ts'
import { createSubscriptions, type SubscribeOptions, type Subscription } from './subscriptions.ts'
import { createWire } from './wire.ts'

/** How one connection behaves. Times are milliseconds. */
export interface ConnectionSettings {
  /** Calls that are with the daemon at once. */
  readonly inFlight: number
  readonly callTimeout: number
  readonly keepalive: { readonly interval: number; readonly count: number }
  /** What an orderly end may take. */
  readonly grace: number
}

/** Why a connection is over: nothing when we closed it. */
export type OnClose = (lost: LibvirtConnectionLost | undefined) => void

/** One connection to a libvirt daemon, from the first byte to the last. */
export interface Connection {
  call<N extends ProcedureName>(name: N, input: Input<N>, options?: CallOptions): Promise<Answer<N>>
  openStream<N extends StreamName>(name: N, input: Input<N>, options?: StreamOptions): Promise<Duplex>
  subscribe<K extends EventKind>(
    kind: K,
    listener: (event: DomainEvent<K>) => void,
    options?: SubscribeOptions,
  ): Promise<Subscription>
  /** Called once; at once when it is over already. Answers how not to be called. */
  onClose(listener: OnClose): () => void
  readonly open: boolean
  startKeepalive(): void
  /** Waits for what is under way, says goodbye, and makes sure that the socket is gone. Both are bounded. */
  close(): Promise<void>
}

/**
 * Speaks libvirt's protocol over a stream that is connected to a daemon.
 *
 * 1. Calls, events, streams and keepalives share the stream; a frame that is none of them ends it.
 * 2. When the stream ends, for whatever reason, everything under way fails once, and `onClose` hears of it.
 * 3. A reader that is slow makes the whole stream wait, since there is only one: large downloads deserve a connection
 *    of their own.
 */
export function connectOver(socket: Duplex, settings: ConnectionSettings): Connection {
  const wire = createWire(socket)
  const calls = createCalls(wire, settings)
  const subscriptions = createSubscriptions(calls)
  const listeners = new Set<OnClose>()
  const decoder = new FrameDecoder()
  const { promise: gone, resolve: onGone } = Promise.withResolvers<void>()
  let over: { lost: LibvirtConnectionLost | undefined } | undefined
  let closing: Promise<void> | undefined
  let held = false

  const end = (reason: string, cause?: unknown) => {
    if (over) return
    const lost = new LibvirtConnectionLost(`The connection to libvirt is over: ${reason}`, {
      carriedOut: 'unknown',
      cause,
    })
    over = { lost: closing ? undefined : lost }
    keepalive.stop()
    streams.fail(lost)
    calls.fail(reason, cause)
    subscriptions.clear()
    socket.destroy()
    for (const listener of listeners) listener(over.lost)
    listeners.clear()
  }
  const streams = createStreams({
    wire,
    calls,
    onHold(to) {
      held = to
      if (held) socket.pause()
      else if (!over) socket.resume()
    },
  })
  const keepalive = createKeepalive({
    ...settings.keepalive,
    wire,
    holding: () => held,
    onDead: () => end('the daemon stopped answering'),
  })
  const dispatch = (header: Header, body: Buffer) => {
    if (over) return
    if (header.program === programs.keepalive) return keepalive.receive(header)
    if (header.program !== programs.remote)
      throw new LibvirtProtocolError(`A frame is of the unknown program ${header.program.toString(16)}`)
    switch (header.type) {
      case types.reply:
        return calls.receive(header, body)
      case types.event:
        return subscriptions.receive(header.procedure, body)
      case types.stream:
      case types.hole:
        return streams.receive(header, body)
      default:
        throw new LibvirtProtocolError(`A frame has the type ${header.type}, which no daemon sends to us`)
    }
  }
  socket.on('data', (chunk: Buffer) => {
    keepalive.heard()
    try {
      decoder.push(chunk, dispatch)
    } catch (error) {
      if (!(error instanceof LibvirtProtocolError)) throw error
      end(error.message, error)
    }
  })
  socket.once('end', () =>
    end(decoder.midFrame ? 'the daemon closed it in the middle of a frame' : 'the daemon closed it'),
  )
  socket.on('error', error => end(error.message, error))
  socket.once('close', () => {
    end('the socket was closed')
    onGone()
  })

  const farewell = async () => {
    await within(settings.grace, calls.settled())
    if (!over) {
      // Only manners are at stake here: the daemon notices the end of the socket too.
      await calls.start('connectClose', {}, { timeout: settings.grace }).answer.catch(() => undefined)
    }
    socket.end()
    end('it was closed')
    await within(settings.grace, gone)
  }
  const mustBeOpen = () => {
    if (closing === undefined || over) return
    throw new LibvirtConnectionLost('The connection to libvirt is being closed', { carriedOut: 'no' })
  }
  return {
    async call(name, input, options = {}) {
      mustBeOpen()
      return calls.start(name, input, options).answer
    },
    async openStream(name, input, options = {}) {
      mustBeOpen()
      return streams.open(name, input, options)
    },
    async subscribe(kind, listener, options = {}) {
      mustBeOpen()
      return subscriptions.subscribe(kind, listener, options)
    },
    onClose(listener) {
      if (over) listener(over.lost)
      else listeners.add(listener)
      return () => listeners.delete(listener)
    },
    get open() {
      return over === undefined && closing === undefined
    },
    startKeepalive: () => keepalive.start(),
    close() {
      closing ??= farewell()
      return closing
    },
  }
}

/** Waits for some work, but not for longer than this. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  const enough = new AbortController()
  const { signal } = enough
  // The sleep that is not needed any more is cut short, which is no trouble.
  await Promise.race([work, sleep(ms, undefined, { signal }).catch(() => undefined)])
  enough.abort()
}
