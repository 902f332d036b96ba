/** Sends what is meant for many receivers over one socket, without anybody waiting for it. */
export interface Outbox {
  /** False where too much waits for this receiver already, or it is closed. */
  send(to: string, parts: readonly Buffer[]): boolean
  /** Forgets what waits for a receiver that is gone. */
  forget(to: string): void
  close(): void
}

export interface OutboxOptions {
  /** Sends one message now, or rejects: with the code `EAGAIN` where its receiver takes nothing at the moment. */
  send(parts: readonly Buffer[]): Promise<void>
  /** Hears that a receiver takes nothing any more, by the code of the error; what waited for it is forgotten. */
  failed(to: string, code: string): void
}

interface Queue {
  messages: (readonly Buffer[])[]
  bytes: number
  stalledSince: number | undefined
}

/** Bytes that may wait for one receiver, besides what libzmq and the network hold. */
const mostBytes = 32 * 1024 * 1024

/** Milliseconds until a receiver that took nothing is tried again, and until it counts as gone. */
const pauseMs = 10
const patienceMs = 10_000

/**
 * Messages of one receiver keep their order and wait for nobody else's: one who takes nothing is passed over, and given up
 * after ten seconds or 32 MiB.
 */
export function openOutbox({ send, failed }: OutboxOptions): Outbox {
  const queues = new Map<string, Queue>()
  let pumping = false
  let closed = false
  let timer: NodeJS.Timeout | undefined

  const giveUp = (to: string, code: string) => {
    queues.delete(to)
    failed(to, code)
  }
  /** Sends what a receiver takes; false where it takes no more for now. */
  const drain = async (to: string, queue: Queue): Promise<boolean> => {
    while (queue.messages.length > 0 && !closed && queues.get(to) === queue) {
      const message = queue.messages[0]!
      try {
        await send(message)
      } catch (error) {
        if (closed) return true
        const code = codeOf(error)
        if (code === 'EAGAIN') return false
        giveUp(to, code)
        return true
      }
      queue.messages.shift()
      queue.bytes -= sizeOf(message)
      queue.stalledSince = undefined
    }
    if (queues.get(to) === queue) queues.delete(to)
    return true
  }
  const pump = async () => {
    if (pumping) return
    pumping = true
    let ready = true
    while (ready && !closed) {
      ready = false
      for (const [to, queue] of [...queues]) {
        if (queue.stalledSince !== undefined && timer !== undefined) continue
        ready = true
        if (await drain(to, queue)) continue
        const now = performance.now()
        queue.stalledSince ??= now
        if (now - queue.stalledSince > patienceMs) giveUp(to, 'EAGAIN')
        else timer ??= setTimeout(again, pauseMs)
      }
    }
    pumping = false
  }
  const again = () => {
    timer = undefined
    void pump()
  }
  return {
    send(to, parts) {
      const queue = queues.get(to) ?? { messages: [], bytes: 0, stalledSince: undefined }
      const bytes = queue.bytes + sizeOf(parts)
      if (closed || bytes > mostBytes) return false
      queues.set(to, queue)
      queue.messages.push(parts)
      queue.bytes = bytes
      void pump()
      return true
    },
    forget: to => void queues.delete(to),
    close() {
      closed = true
      clearTimeout(timer)
      queues.clear()
    },
  }
}

function sizeOf(parts: readonly Buffer[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0)
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
