import { InvalidConfig } from '../../core/errors.ts'
import type { Json } from '../../core/json.ts'
import type { Clock } from '../../core/ports.ts'
import type { Part } from './part.ts'

/** Something that is open. */
export interface Opened {
  status(): { readonly [key: string]: Json }
  /** What is the matter with it, each as a sentence. */
  troubles?(): readonly string[]
  close(): Promise<void>
}

export interface HealingPorts {
  readonly clock: Clock
  say(text: string): void
}

/** How long is waited before the next try, in milliseconds: doubled each time, up to the longest, and half of it by chance. */
const firstPauseMs = 500
const longestPauseMs = 30_000

/**
 * A part that is opened again and again until it can be: a port that is taken, a server that is down. That it can't be is
 * told once, and that it is there then. A wrong configuration is thrown by `start`, if it is the first thing in the way.
 */
export function healing(what: string, open: () => Promise<Opened>, { clock, say }: HealingPorts): Part {
  const stop = new AbortController()
  let opened: Opened | undefined
  let problem: string | undefined
  let opening: Promise<void> = Promise.resolve()

  const attempt = async (): Promise<void> => {
    try {
      opened = await open()
      if (problem !== undefined) say(`${what} is there now`)
      problem = undefined
    } catch (thrown) {
      const text = thrown instanceof Error ? thrown.message : String(thrown)
      if (problem !== text) say(`${what} can't be opened: ${text}; it is tried again`)
      problem = text
      if (thrown instanceof InvalidConfig) throw thrown
    }
  }
  const keepTrying = async (): Promise<void> => {
    for (let tries = 0; opened === undefined; tries++) {
      const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(tries, 10))
      await clock.sleep(pause * (0.5 + Math.random() / 2), stop.signal).catch(() => {})
      if (stop.signal.aborted) return
      // What was right at first may be wrong by now, and right again later.
      await attempt().catch(() => {})
    }
  }

  return {
    async start() {
      await attempt()
      opening = keepTrying()
    },
    status: () =>
      opened === undefined
        ? { up: false, problem: problem ?? 'not opened yet' }
        : { up: true, ...opened.status() },
    troubles: () => {
      if (opened !== undefined) return opened.troubles?.() ?? []
      return problem === undefined ? [] : [`${what} can't be opened: ${problem}`]
    },
    async close() {
      stop.abort(new Error(`${what} is closed`))
      await opening
      await opened?.close()
    },
  }
}
