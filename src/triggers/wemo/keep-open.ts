import type { Clock } from '../../core/ports.ts'

/** Something that listens. */
export interface Open {
  /** Resolves when it listens no more, with what was the matter. */
  readonly lost: Promise<Error>
  close(): Promise<void>
}

export interface KeepOpenOptions {
  readonly clock: Clock
  readonly random: () => number
  /** Hears what is the matter, and nothing once it listens. */
  trouble(problem: string | undefined): void
}

/** How long is waited after the first try, and at most; each time twice as long, with jitter. Milliseconds. */
const firstPauseMs = 1_000
const longestPauseMs = 60_000

/**
 * Opens what listens, and again whenever that fails or it is lost, until `close`. `tried` resolves after the first try,
 * whatever came of it.
 */
export function keepOpen(
  open: () => Promise<Open>,
  { clock, random, trouble }: KeepOpenOptions,
): { readonly tried: Promise<void>; close(): Promise<void> } {
  const stop = new AbortController()
  const first = Promise.withResolvers<void>()
  const stopped = new Promise<undefined>(resolve => {
    stop.signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  const keep = async () => {
    for (let failures = 0; !stop.signal.aborted; ) {
      try {
        const opened = await open()
        trouble(undefined)
        failures = 0
        first.resolve()
        const lost = await Promise.race([opened.lost, stopped])
        await opened.close()
        if (lost === undefined) return
        throw lost
      } catch (thrown) {
        trouble(thrown instanceof Error ? thrown.message : String(thrown))
        first.resolve()
        const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures++, 10))
        await clock.sleep(pause * (0.5 + random() / 2), stop.signal).catch(() => {})
      }
    }
  }
  const kept = keep()
  return {
    tried: first.promise,
    async close() {
      stop.abort(new Error('closed'))
      await kept
    },
  }
}
