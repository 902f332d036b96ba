import type { Writable } from 'node:stream'
import type { ServerChannel } from 'ssh2'

/** The way out of a channel for what one command says on both its streams. */
export interface Outlet {
  /** Sends everything that `source` says, no faster than the client takes it. Resolves when it is sent or the outlet closed. */
  drain(source: AsyncIterable<Uint8Array>, into: Writable): Promise<void>
  /** The client is gone: whatever waits to be sent is dropped. */
  close(): void
}

/** What ssh2 keeps in a channel of a write that waits for the client's window, and doesn't forget when it is sent. */
const nothingWaits = { _chunk: undefined, _chunkcb: undefined, _chunkErr: undefined, _chunkcbErr: undefined }

/**
 * Opens the outlet of a channel. Its two streams share the window that the client grants; when there is more
 * of it, ssh2 resumes stdout's waiting chunk before stderr's, and one that was sent long ago as well. So one
 * chunk is on its way at a time, and is forgotten here when it has been sent: what waits is then what ssh2
 * resumes.
 */
export function openOutlet(channel: ServerChannel): Outlet {
  let turn: Promise<void> = Promise.resolve()
  let closed = false
  let release = () => {}

  const send = (chunk: Uint8Array, into: Writable) =>
    new Promise<void>(resolve => {
      release = resolve
      if (closed || !into.writable) return resolve()
      into.write(chunk, () => {
        Object.assign(channel, nothingWaits)
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
