import type { Client } from 'ssh2'
import type { Carrier } from './hold.ts'

/** How often the host is asked, in milliseconds (0 for never), and how many answers may be missing. */
export interface KeepaliveOptions {
  readonly keepaliveInterval: number
  readonly keepaliveCount: number
}

/**
 * Asks the host now and then for something that it will refuse, since its answer shows that it is there, and ends a
 * connection that stays silent. ssh2's own keepalive does the same with a timer that keeps the process from ending.
 */
export function keepAlive(
  client: Client,
  carrier: Carrier,
  { keepaliveInterval, keepaliveCount }: KeepaliveOptions,
): () => void {
  if (keepaliveInterval === 0) return () => {}
  let silent = 0
  const timer = setInterval(() => {
    if (++silent > keepaliveCount) return giveUp(client, carrier)
    client.unforwardIn('127.0.0.1', 0, () => {
      silent = 0
    })
  }, keepaliveInterval)
  timer.unref()
  return () => clearInterval(timer)
}

function giveUp(client: Client, carrier: Carrier): void {
  client.emit('error', Object.assign(new Error('the host stopped answering'), { level: 'client-timeout' }))
  carrier.destroy()
}
