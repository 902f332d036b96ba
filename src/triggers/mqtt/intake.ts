/** A message as it came. `at` is the keeper's time. */
export interface Message {
  readonly topic: string
  readonly payload: Uint8Array
  readonly retained: boolean
  readonly at: number
}

/** Takes messages in as fast as they come, and hands on the last of each topic. */
export interface Intake {
  take(message: Message): void
  /** How many came, and how many of them were not looked at because another one came, or too many topics. */
  counts(): { readonly received: number; readonly overtaken: number; readonly dropped: number }
  close(): void
}

/** So many topics wait at most; what comes of others meanwhile is dropped, and counted. */
const mostWaiting = 10_000

/** What comes within this time of a hand-over waits for the next, in milliseconds. */
const togetherMs = 20

/**
 * The first message is handed on in its turn of the event loop. In a flood they are handed on some fifty times a second, of
 * each topic the last: what it costs depends on the topics, and not on how much is said.
 */
export function createIntake(handOn: (messages: readonly Message[]) => void): Intake {
  const waiting = new Map<string, Message>()
  let timer: NodeJS.Timeout | undefined
  let turn: NodeJS.Immediate | undefined
  let handedAt = Number.NEGATIVE_INFINITY
  let received = 0
  let overtaken = 0
  let dropped = 0

  const hand = () => {
    timer = undefined
    turn = undefined
    handedAt = performance.now()
    const messages = [...waiting.values()]
    waiting.clear()
    handOn(messages)
  }

  return {
    take(message) {
      received++
      if (waiting.has(message.topic)) overtaken++
      else if (waiting.size >= mostWaiting) {
        dropped++
        return
      }
      waiting.set(message.topic, message)
      if (timer !== undefined || turn !== undefined) return
      const wait = togetherMs - (performance.now() - handedAt)
      if (wait <= 0) turn = setImmediate(hand)
      else timer = setTimeout(hand, wait)
    },
    counts: () => ({ received, overtaken, dropped }),
    close() {
      clearTimeout(timer)
      clearImmediate(turn)
      waiting.clear()
    },
  }
}
