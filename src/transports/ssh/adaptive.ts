import { unlessAborted } from '../../core/aborted.ts'

/** The right to make one handshake with an address. Exactly one of the three ends it. */
export interface Slot {
  readonly succeeded: () => void
  /** The server dropped us because too many knocked at once. */
  readonly dropped: () => void
  /** It failed for a reason that says nothing about how busy the server is. */
  readonly failed: () => void
}

/** Bounds the handshakes with each address: fewer after a drop, slowly more after successes. */
export interface Handshakes {
  /** Waits for a turn; rejects with the signal's reason. */
  enter(address: string, signal: AbortSignal): Promise<Slot>
  /** How many may go on at once with an address, as it stands. */
  limit(address: string): number
}

interface Lane {
  limit: number
  running: number
  /** Handshakes that began before the last cut tell nothing about the new limit. */
  cuts: number
  readonly waiting: (() => void)[]
}

/**
 * Starts every address at `most` and never goes beyond it. A drop halves the limit, once for all handshakes that
 * were under way at the time; each success adds the limit's reciprocal, which is one more per round.
 */
export function createHandshakes(most: number): Handshakes {
  const lanes = new Map<string, Lane>()
  const laneOf = (address: string): Lane => {
    const lane = lanes.get(address) ?? { limit: most, running: 0, cuts: 0, waiting: [] }
    lanes.set(address, lane)
    return lane
  }
  const wake = (lane: Lane) => {
    while (lane.running < Math.floor(lane.limit) && lane.waiting.length > 0) {
      lane.running++
      lane.waiting.shift()?.()
    }
  }
  const leave = (lane: Lane, address: string) => {
    lane.running--
    wake(lane)
    if (lane.running === 0 && lane.waiting.length === 0 && lane.limit >= most) lanes.delete(address)
  }

  return {
    async enter(address, signal) {
      const lane = laneOf(address)
      if (lane.running < Math.floor(lane.limit) && lane.waiting.length === 0) lane.running++
      else await takeTurn(lane, signal, () => leave(lane, address))
      const cuts = lane.cuts
      let over = false
      const end = (change: () => void) => () => {
        if (over) return
        over = true
        change()
        leave(lane, address)
      }
      return {
        succeeded: end(() => {
          lane.limit = Math.min(most, lane.limit + 1 / lane.limit)
        }),
        dropped: end(() => {
          if (lane.cuts !== cuts) return
          lane.cuts++
          lane.limit = Math.max(1, lane.limit / 2)
        }),
        failed: end(() => undefined),
      }
    },
    limit: address => Math.floor(lanes.get(address)?.limit ?? most),
  }
}

async function takeTurn(lane: Lane, signal: AbortSignal, giveBack: () => void): Promise<void> {
  const turn = Promise.withResolvers<void>()
  lane.waiting.push(turn.resolve)
  try {
    await unlessAborted(turn.promise, signal)
  } catch (error) {
    const place = lane.waiting.indexOf(turn.resolve)
    // The turn may have come in the same moment; then it goes to the next one.
    if (place >= 0) lane.waiting.splice(place, 1)
    else giveBack()
    throw error
  }
}
