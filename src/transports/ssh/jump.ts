import type { Duplex } from 'node:stream'
import type { ClientChannel } from 'ssh2'
import { HostTrouble } from '../../core/ports.ts'
import { ChannelError } from './channel.ts'
import type { Carrier } from './hold.ts'
import type { Pool, PoolOptions } from './pool.ts'
import { describeTarget, type Target } from './target.ts'
import { wordsOf } from './trouble.ts'

/** The way to a target. */
export interface Way {
  readonly socket: Duplex
  readonly carrier: Carrier
}

/**
 * Opens the way to a target through its jump host, over a pooled connection that was verified and authenticated
 * like any other. The place on that connection is given back when the way closes. Throws `HostTrouble`, which
 * names the jump host when it is the one to blame.
 */
export async function openThrough(pool: Pool, target: Target, options: PoolOptions): Promise<Way> {
  const { jump } = target
  if (jump === undefined) throw new TypeError(`${target.host} has no jump host`)
  try {
    const lease = await pool.open<ClientChannel>(
      jump,
      (client, answer) => client.forwardOut('127.0.0.1', 0, target.address, target.port, answer),
      { ...options, tunnel: true },
    )
    lease.channel.once('close', lease.release)
    const { place, channel } = lease
    return {
      socket: channel,
      carrier: { ref: place.ref, unref: place.unref, destroy: () => channel.destroy() },
    }
  } catch (error) {
    if (error instanceof ChannelError || error instanceof HostTrouble) throw blame(error, target, jump)
    throw error
  }
}

function blame(error: ChannelError | HostTrouble, target: Target, jump: Target): HostTrouble {
  if (error instanceof HostTrouble && error.code !== 'unknown') {
    return new HostTrouble(error.code, `${target.host}: its jump host has trouble. ${error.message}`, {
      cause: error,
      detail: { ...error.detail, jump: jump.host },
    })
  }
  return new HostTrouble(
    'unreachable',
    `${target.host}: the jump host ${jump.host} (${describeTarget(jump)}) does not lead to ${target.address}:${target.port}: ${wordsOf(error)}`,
    {
      cause: error,
      detail: { jump: jump.host },
    },
  )
}
