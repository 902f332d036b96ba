import { setTimeout as sleep } from 'node:timers/promises'
import { unlessAborted } from '../../core/aborted.ts'
import { HostTrouble } from '../../core/ports.ts'
import { ChannelError, type ChannelRequest, openChannel } from './channel.ts'
import { type Connection, createConnection, type Place } from './connection.ts'
import type { Connected } from './hold.ts'
import type { SshSettings } from './options.ts'
import { type Shared, shareWork } from './share.ts'
import { describeTarget, type Target } from './target.ts'

/** A channel and the place that it takes on its connection. `release` gives the place back; it may be called twice. */
export interface Lease<C> {
  readonly channel: C
  readonly connection: Connection
  readonly place: Place
  release(): void
}

export interface PoolOptions {
  readonly signal: AbortSignal
  /** Milliseconds for connecting, where a connection is needed. */
  readonly timeout?: number | undefined
  /** A forwarded connection: it does not count as a session, and its refusal is final. */
  readonly tunnel?: boolean | undefined
}

/**
 * Warm connections by target.
 *
 * 1. Concurrent callers share one connecting; it is given up only when all of them have.
 * 2. A connection carries as many channels as its host allows; then another is opened, up to a bound; then callers wait.
 * 3. A connection without channels ends after the idle time; a dead one is never handed out.
 * 4. After `close` nothing is opened and nothing is left.
 */
export interface Pool {
  /** Makes sure that a connection is up. Throws `HostTrouble`. */
  warm(target: Target, options: PoolOptions): Promise<void>
  /** Opens a channel on a warm connection, or on a new one. Throws `HostTrouble`, or `ChannelError` for what only the caller understands. */
  open<C>(target: Target, request: ChannelRequest<C>, options: PoolOptions): Promise<Lease<C>>
  close(): Promise<void>
}

interface Group {
  readonly target: Target
  readonly connections: Set<Connection>
  connecting: Shared<void> | undefined
  readonly waiting: Set<() => void>
}

/** A request that was lost with its connection, or refused by one that has no session of ours, is made this often. */
const channelAttempts = 8

type Connect = (target: Target, signal: AbortSignal, timeout: number | undefined) => Promise<Connected>

/** Makes an empty pool over a way to connect. */
export function createPool(settings: SshSettings, connect: Connect): Pool {
  const groups = new Map<string, Group>()
  let closed = false

  const groupOf = (target: Target): Group => {
    const group = groups.get(target.identity) ?? {
      target,
      connections: new Set(),
      connecting: undefined,
      waiting: new Set(),
    }
    groups.set(target.identity, group)
    return group
  }
  const wake = (group: Group) => {
    for (const waiter of group.waiting) waiter()
    const unused = group.connections.size === 0 && !group.connecting && group.waiting.size === 0
    if (unused && groups.get(group.target.identity) === group) groups.delete(group.target.identity)
  }
  const adopt = async (group: Group, { client, carrier }: Connected) => {
    const { keepaliveInterval, keepaliveCount } = group.target
    const options = { ...settings, keepaliveInterval, keepaliveCount, carrier, onRoom: () => wake(group) }
    const connection = createConnection(client, options)
    group.connections.add(connection)
    connection.ended.then(() => {
      group.connections.delete(connection)
      settings.onEvent?.({ kind: 'closed', host: group.target.host, target: describeTarget(group.target) })
      wake(group)
    })
    if (closed) await connection.end()
  }
  const grow = (group: Group, { signal, timeout }: PoolOptions): Promise<void> => {
    group.connecting ??= shareWork(
      async ownSignal => adopt(group, await connect(group.target, ownSignal, timeout)),
      () => {
        group.connecting = undefined
        wake(group)
      },
    )
    return group.connecting.join(signal)
  }

  /** Finds a connection with room, making or awaiting one. */
  const find = async (target: Target, options: PoolOptions): Promise<Connection> => {
    for (;;) {
      options.signal.throwIfAborted()
      if (closed) throw new HostTrouble('cancelled', `${target.host}: the transport is closed`)
      const group = groupOf(target)
      const [best] = [...group.connections]
        .filter(connection => (options.tunnel ? connection.alive() : connection.hasRoom()))
        .sort((a, b) => a.sessions() - b.sessions())
      if (best) return best
      if (group.connecting || group.connections.size < settings.maxConnections) await grow(group, options)
      else await vacancy(group, options.signal)
    }
  }
  /** One try. A number asks for another: how much of the patience this one has cost. */
  const attempt = async <C>(
    target: Target,
    request: ChannelRequest<C>,
    options: PoolOptions,
    left: number,
  ): Promise<Lease<C> | number> => {
    const connection = await find(target, options)
    const place = connection.take(options.tunnel === true)
    try {
      const channel = await openChannel(connection, request, {
        signal: options.signal,
        timeout: target.connectTimeout,
      })
      connection.opened()
      return { channel, connection, place, release: () => place.release() }
    } catch (error) {
      place.release()
      if (!(error instanceof ChannelError) || !worthRepeating(error, options)) throw error
      options.signal.throwIfAborted()
      if (error.failure === 'refused') connection.full()
      // With sessions of ours open, the next try waits until one of them has ended.
      if (error.failure === 'refused' && connection.sessions() > 0) return 0
      if (left <= 1) throw noChannel(target, error)
      // What has just been closed may still count over there.
      if (error.failure === 'refused')
        await sleep(20 + Math.random() * 80, undefined, { signal: options.signal })
      return 1
    }
  }

  return {
    async warm(target, options) {
      await find(target, options)
    },
    async open(target, request, options) {
      for (let left = channelAttempts; ; ) {
        const lease = await attempt(target, request, options, left)
        if (typeof lease !== 'number') return lease
        left -= lease
      }
    },
    async close() {
      closed = true
      const ending: Promise<void>[] = []
      for (const group of groups.values()) {
        group.connecting?.abandon(
          new HostTrouble('cancelled', `${group.target.host}: the transport is closed`),
        )
        for (const connection of group.connections) ending.push(connection.end())
        wake(group)
      }
      await Promise.all(ending)
    },
  }
}

/** What was not sent can be sent again; a host's no to a tunnel is about the far end and stays a no. */
function worthRepeating({ failure }: ChannelError, { tunnel }: PoolOptions): boolean {
  return failure === 'lost' || (failure === 'refused' && tunnel !== true)
}

function vacancy(group: Group, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  group.waiting.add(resolve)
  return unlessAborted(promise, signal).finally(() => group.waiting.delete(resolve))
}

function noChannel(target: Target, cause: ChannelError): HostTrouble {
  const where = `${target.host}: ${describeTarget(target)}`
  if (cause.failure === 'lost')
    return new HostTrouble('unreachable', `${where} keeps closing its connections`, { cause })
  return new HostTrouble(
    'unreachable',
    `${where} opens no session (${cause.message}); look at MaxSessions in its sshd_config`,
    { cause },
  )
}
