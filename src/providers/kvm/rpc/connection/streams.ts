import type { Duplex } from 'node:stream'
import { frameHeader, type Header, programs, statuses, types } from '../frames/header.ts'
import { type Input, procedures } from '../protocol/procedures.ts'
import type { CallOptions, Calls } from './calls.ts'
import { createStream, type StreamEnd, type StreamParts } from './stream.ts'
import type { Wire } from './wire.ts'

/** The procedures that open a stream, and the way in which its data goes. */
export const directions = {
  storageVolUpload: 'up',
  storageVolDownload: 'down',
  domainOpenConsole: 'both',
} as const satisfies Partial<Record<keyof typeof procedures, StreamParts['direction']>>

export type StreamName = keyof typeof directions

export interface StreamOptions extends CallOptions {
  /** Milliseconds without progress after which the stream is given up. Without it a stream may rest for ever. */
  readonly idleTimeout?: number | undefined
}

/** The streams of one connection. */
export interface Streams {
  open<N extends StreamName>(name: N, input: Input<N>, options: StreamOptions): Promise<Duplex>
  receive(header: Header, body: Buffer): void
  /** Ends all of them. */
  fail(error: Error): void
}

interface StreamsParts {
  readonly wire: Wire
  readonly calls: Calls
  /** Whether some stream wants the socket to wait. */
  readonly onHold: (held: boolean) => void
}

export function createStreams({ wire, calls, onHold }: StreamsParts): Streams {
  const open = new Map<number, StreamEnd>()
  let holding = 0

  const hold = (held: boolean) => {
    holding += held ? 1 : -1
    onHold(holding > 0)
  }
  return {
    async open(name, input, { idleTimeout, ...options }) {
      const abort = () => {
        const header = { program: programs.remote, procedure: procedures[name].number, type: types.stream }
        wire.send([frameHeader({ ...header, serial: started.serial, status: statuses.error }, 0)])
      }
      const started = calls.start(name, input, { ...options, onLate: abort })
      const { serial } = started
      // Data may come in the same breath as the answer, so the stream is there before it.
      const end = createStream({
        name,
        serial,
        wire,
        direction: directions[name],
        timeout: idleTimeout,
        hold,
        onGone: () => open.delete(serial),
      })
      open.set(serial, end)
      const { duplex } = end
      // Until the caller has it, its errors are ours.
      const ours = () => undefined
      duplex.on('error', ours)
      try {
        await started.answer
        if (duplex.errored) throw duplex.errored
        duplex.off('error', ours)
        return duplex
      } catch (error) {
        open.delete(serial)
        throw error
      }
    },
    receive(header, body) {
      // What is under way when a stream ends at our side comes after its end: it is nobody's.
      open.get(header.serial)?.receive(header, body)
    },
    fail(error) {
      for (const { duplex } of open.values()) duplex.destroy(error)
      open.clear()
    },
  }
}
