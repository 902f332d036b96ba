import { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { HostTrouble } from '../../core/ports.ts'
import type { Handshakes } from './adaptive.ts'
import { type Deadline, startDeadline } from './deadline.ts'
import { type HandshakeParts, handshake } from './handshake.ts'
import { Dropped } from './handshake-trouble.ts'
import type { Connected } from './hold.ts'
import type { Way } from './jump.ts'
import type { PoolOptions } from './pool.ts'
import { describeTarget, type Target } from './target.ts'
import { cancelled } from './trouble.ts'

export interface ConnectParts extends HandshakeParts {
  readonly handshakes: Handshakes
  /** Opens the way through a target's jump host. */
  readonly through: (target: Target, options: PoolOptions) => Promise<Way>
}

/** Full jitter: any wait up to a bound that doubles, from 50 ms to 1 s. */
function jitter(attempt: number): number {
  return Math.random() * Math.min(1_000, 50 * 2 ** attempt)
}

/**
 * Connects to a target within its deadline. A server that hangs up before it identifies itself is tried again,
 * a bounded number of times and with fewer handshakes at once. Throws `HostTrouble`.
 */
export async function connect(
  parts: ConnectParts,
  target: Target,
  signal: AbortSignal,
  timeout?: number,
): Promise<Connected> {
  const { settings } = parts
  const deadline = startDeadline(Math.min(timeout ?? target.connectTimeout, target.connectTimeout), signal)
  const started = performance.now()
  const about = { host: target.host, target: describeTarget(target) }
  settings.onEvent?.({ kind: 'connecting', ...about })
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        const connected = await attemptOnce(parts, target, deadline)
        settings.onEvent?.({ kind: 'connected', ...about, ms: performance.now() - started })
        return connected
      } catch (error) {
        if (!(error instanceof Dropped)) throw error
        const waitMs = jitter(attempt)
        if (attempt >= settings.connectAttempts || waitMs >= deadline.remaining())
          throw keptDropping(target, attempt, error)
        settings.onEvent?.({ kind: 'dropped', ...about, attempt, waitMs })
        await sleep(waitMs, undefined, { signal: deadline.signal })
      }
    }
  } catch (error) {
    if (error instanceof HostTrouble || !deadline.signal.aborted) throw error
    if (deadline.expired())
      throw new HostTrouble('unreachable', `${target.host}: ${about.target} was not reached in time`, {
        cause: error,
      })
    throw cancelled(`${target.host}: connecting to ${about.target}`)
  } finally {
    deadline.clear()
  }
}

async function attemptOnce(parts: ConnectParts, target: Target, deadline: Deadline): Promise<Connected> {
  // Time in our own queue is not the host's; it ends by the caller's signal and because every handshake ends.
  const slot = await deadline.pausedWhile(() =>
    parts.handshakes.enter(
      `${target.jump?.identity ?? ''} ${target.address}:${target.port}`,
      deadline.signal,
    ),
  )
  try {
    // The jump host has a deadline of its own, and a trouble that names it.
    const way = { signal: deadline.signal, timeout: deadline.remaining() }
    const led = target.jump && (await deadline.pausedWhile(() => parts.through(target, way)))
    const socket = led?.socket ?? new Socket()
    const client = await handshake(parts, target, socket, deadline)
    slot.succeeded()
    return { client, carrier: led?.carrier ?? (socket as Socket) }
  } catch (error) {
    if (error instanceof Dropped) slot.dropped()
    throw error
  } finally {
    slot.failed()
  }
}

function keptDropping(target: Target, attempts: number, cause: Dropped): HostTrouble {
  return new HostTrouble(
    'unreachable',
    `${target.host}: ${describeTarget(target)} hung up ${attempts} times before it identified itself. Raise MaxStartups in its ` +
      'sshd_config if it is busy; look for a firewall, fail2ban or PerSourcePenalties if it is not',
    { cause, detail: { address: target.address, port: target.port, attempts, stage: 'identification' } },
  )
}
