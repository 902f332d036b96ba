import type { Duplex } from 'node:stream'

/** The way out: what is written in one turn of the event loop leaves together. */
export interface Wire {
  /** Sends a frame, in one piece or several. `flushed` is told when it has left, or that it can't. */
  send(frame: readonly Buffer[], flushed?: (error?: Error | null) => void): void
}

export function createWire(socket: Duplex): Wire {
  let gathering = false
  const leave = () => {
    gathering = false
    socket.uncork()
  }
  return {
    send(frame, flushed) {
      if (!gathering) {
        gathering = true
        socket.cork()
        process.nextTick(leave)
      }
      const last = frame.length - 1
      frame.forEach((piece, at) => {
        socket.write(piece, at === last ? flushed : undefined)
      })
    },
  }
}
