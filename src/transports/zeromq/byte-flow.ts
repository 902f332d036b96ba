/** Bytes of one packet, and bytes that may be under way on one stream before the far end has taken them. */
export const pieceBytes = 256 * 1024
export const windowBytes = 1024 * 1024

/** How a stream's bytes go out: at which place of it, and whether they are its last. */
export type SendPiece = (offset: number, bytes: Uint8Array, end: boolean) => void

/** One stream's sending end. What is not acknowledged is kept, so that it can be sent again on another session. */
export interface Outflow {
  /** Resolves when there is room for more. Rejects when the stream is abandoned. */
  write(bytes: Uint8Array): Promise<void>
  end(): void
  /** The far end has taken so many bytes from the beginning. False when it can't have. */
  acknowledge(offset: number): boolean
  /** Sends again what is not acknowledged. */
  resend(): void
  /** Nobody will take it any more: who writes is told, and nothing is kept. */
  abandon(why: unknown): void
}

/** Opens a stream that sends by pieces, never more than a window ahead of the far end. */
export function openOutflow(send: SendPiece): Outflow {
  let pending: { readonly offset: number; readonly bytes: Uint8Array }[] = []
  let written = 0
  let acknowledged = 0
  let ended = false
  let abandoned: { readonly why: unknown } | undefined
  let room = Promise.withResolvers<void>()

  return {
    async write(bytes) {
      for (let from = 0; from < bytes.length; from += pieceBytes) {
        while (written - acknowledged >= windowBytes && !abandoned) await room.promise
        if (abandoned) throw abandoned.why
        // A copy: whoever reads files does so into one buffer again and again.
        const piece = Uint8Array.from(bytes.subarray(from, from + pieceBytes))
        pending.push({ offset: written, bytes: piece })
        written += piece.length
        send(written - piece.length, piece, false)
      }
    },
    end() {
      if (ended || abandoned) return
      ended = true
      send(written, new Uint8Array(0), true)
    },
    acknowledge(offset) {
      if (offset > written) return false
      if (offset <= acknowledged) return true
      acknowledged = offset
      pending = pending.filter(piece => piece.offset + piece.bytes.length > offset)
      room.resolve()
      room = Promise.withResolvers()
      return true
    },
    resend() {
      for (const { offset, bytes } of pending) send(offset, bytes, false)
      if (ended) send(written, new Uint8Array(0), true)
    },
    abandon(why) {
      abandoned ??= { why }
      pending = []
      room.resolve()
    },
  }
}

/** One stream's receiving end. */
export interface Inflow {
  /** Takes a piece; what came before is passed over. False when it breaks the rules of the flow. */
  push(offset: number, bytes: Uint8Array, end: boolean): boolean
  /** Resolves when all that came was taken. Rejects with what `take` threw. */
  settled(): Promise<void>
}

/**
 * Opens the far side of an outflow. `take` gets the bytes in order, one piece at a time; what it resolves with is
 * when the next may come, and only then is the piece acknowledged. `onEnd` is called once all is taken.
 */
export function openInflow(
  take: (bytes: Uint8Array) => void | Promise<void>,
  acknowledge: (offset: number) => void,
  onEnd: () => void = () => {},
): Inflow {
  let received = 0
  let taken = 0
  let told = 0
  let ended = false
  let work: Promise<void> = Promise.resolve()

  const next = (act: () => void | Promise<void>) => {
    work = work.then(act)
    // Whoever waits for it hears of it; until then it must not end the process.
    work.catch(() => {})
  }
  const tell = () => {
    told = taken
    acknowledge(taken)
  }
  return {
    push(offset, bytes, end) {
      if (offset > received || (ended && offset + bytes.length > received)) return false
      const fresh = bytes.subarray(Math.min(bytes.length, received - offset))
      if (received + fresh.length - taken > windowBytes + pieceBytes) return false
      if (fresh.length > 0) {
        received += fresh.length
        next(async () => {
          await take(fresh)
          taken += fresh.length
          // A word for each line of output would be as much again as the output.
          if (taken - told >= pieceBytes) tell()
        })
      } else if (!end) tell()
      if (end && !ended) {
        ended = true
        next(onEnd)
      }
      return true
    },
    settled: () => work,
  }
}

/** Bytes that come piece by piece, as something to be read by one reader. A piece counts as taken when it asks for the next. */
export interface Source {
  readonly take: (bytes: Uint8Array) => Promise<void>
  end(): void
  /** Whoever reads is thrown this. */
  fail(why: unknown): void
  readonly bytes: AsyncIterable<Uint8Array>
}

/** Turns pushed bytes into pulled ones. */
export function openSource(): Source {
  const pieces: { readonly bytes: Uint8Array; readonly done: () => void }[] = []
  let over: { readonly why?: unknown; readonly failed: boolean } | undefined
  let wake = Promise.withResolvers<void>()
  const stir = () => {
    wake.resolve()
    wake = Promise.withResolvers()
  }
  async function* read() {
    for (;;) {
      if (over?.failed) throw over.why
      const piece = pieces.shift()
      if (piece) {
        yield piece.bytes
        piece.done()
      } else if (over) return
      else await wake.promise
    }
  }
  return {
    take(bytes) {
      if (over?.failed) return Promise.resolve()
      const { promise, resolve } = Promise.withResolvers<void>()
      pieces.push({ bytes, done: resolve })
      stir()
      return promise
    },
    end() {
      over ??= { failed: false }
      stir()
    },
    fail(why) {
      over = { why, failed: true }
      for (const { done } of pieces.splice(0)) done()
      stir()
    },
    bytes: { [Symbol.asyncIterator]: read },
  }
}
