import { LibvirtProtocolError } from '../errors.ts'
import { frameHeader, type Header, programs, statuses, types } from '../frames/header.ts'
import type { Wire } from './wire.ts'

export interface KeepaliveOptions {
  /** Milliseconds of silence after which the daemon is asked; 0 for never. */
  readonly interval: number
  /** Questions that may stay without an answer. */
  readonly count: number
}

const ping = 1
const pong = 2

/**
 * Asks a silent daemon whether it is there, and answers when it asks. Any frame at all is a sign of life.
 */
export interface Keepalive {
  /** Something came. */
  heard(): void
  receive(header: Header): void
  /** Begins to ask. Daemons that don't know of it are left alone. */
  start(): void
  stop(): void
}

interface KeepaliveParts extends KeepaliveOptions {
  readonly wire: Wire
  /** Whether it is we who read nothing at the moment: then silence says nothing. */
  readonly holding: () => boolean
  readonly onDead: () => void
}

export function createKeepalive({ wire, interval, count, holding, onDead }: KeepaliveParts): Keepalive {
  let heard = true
  let missed = 0
  let timer: NodeJS.Timeout | undefined

  const say = (procedure: number) =>
    wire.send([
      frameHeader(
        { program: programs.keepalive, procedure, type: types.event, serial: 0, status: statuses.ok },
        0,
      ),
    ])
  const beat = () => {
    // The daemon's own question waits in a socket that we don't read; a sign of life keeps it from hanging up.
    if (holding()) return say(pong)
    missed = heard ? 0 : missed + 1
    if (missed > count) return onDead()
    if (!heard || missed > 0) say(ping)
    heard = false
  }
  return {
    heard() {
      heard = true
      missed = 0
    },
    receive(header) {
      if (header.type !== types.event || (header.procedure !== ping && header.procedure !== pong))
        throw new LibvirtProtocolError(`A keepalive has the procedure ${header.procedure}`)
      if (header.procedure === ping) say(pong)
    },
    start() {
      if (interval === 0 || timer !== undefined) return
      timer = setInterval(beat, interval)
      timer.unref()
    },
    stop() {
      clearInterval(timer)
    },
  }
}
