import type { Writable } from 'node:stream'
import type { ServerChannel } from 'ssh2'

/** The way out of a channel for what one command says on both its streams. */
export interface Outlet {
  /** Sends everything that `source` says, no faster than the client takes it. Resolves when it is sent or the outlet closed. */
  drain(source: AsyncIterable<Uint8Array>, into: Writable): Promise<void>
  /** The client is gone: whatever waits to be sent is dropped. */
  close(): void
}

/** What ssh2 keeps of a write that waits for the client's window. */
interface WaitingWrites {
  _chunk: unknown
  _chunkErr: unknown
}

/**
 * Opens the outlet of a channel. Its two streams share the window that the client grants, and ssh2 keeps one
 * waiting chunk for each, never forgets them, and on more window always resumes stdout's. So one chunk is on
 * its way at a time, and it is forgotten here when it has been sent; otherwise a wait on stderr would send
 * an old chunk of stdout again.
 */
export function openOutlet(channel: ServerChannel): Outlet {
  const waiting = channel as unknown as WaitingWrites
  let turn: Promise<void> = Promise.resolve()
  let closed = false
  let release = () => {}

  const send = (chunk: Uint8Array, into: Writable) =>
    new Promise<void>(resolve => {
      release = resolve
      if (closed || !into.writable) return resolve()
      into.write(chunk, () => {
        waiting._chunk = undefined
        waiting._chunkErr = undefined
        resolve()
      })
    })

  return {
    drain: async (source, into) => {
      for await (const chunk of source) {
        turn = turn.then(() => send(chunk, into))
        await turn
        if (closed) return
      }
    },
    close: () => {
      closed = true
      release()
    },
  }
}
