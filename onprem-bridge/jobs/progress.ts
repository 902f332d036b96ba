import type { Progress } from '../../src/core/context.ts'
import { isRecord } from '../../src/core/json.ts'
import type { Clock } from '../../src/core/ports.ts'
import type { Limits } from './limits.ts'
import { ended } from './stopped.ts'

/** Characters of one event; a message takes a megabyte. */
const longestEvent = 256 * 1_024

/** What a job says of itself, on its way to whoever listens. */
export interface ProgressLine {
  add(event: Progress): void
  /** Sends what waits. */
  flush(): void
  /** The hosts that it works on, for whoever comes later. */
  readonly opening: Progress | undefined
  /** Sends what waits and takes nothing more. */
  close(): void
}

export interface ProgressParts {
  readonly clock: Clock
  readonly limits: Pick<Limits, 'progressMs' | 'progressEvents' | 'progressBytes'>
  send(events: readonly Progress[]): void
  /** Hears that an event was left out. */
  dropped(): void
}

/**
 * Puts together what a job says of itself within a moment: of a host's stages and bytes the latest counts. What is more
 * than may wait is left out, so that a flood of it costs no memory.
 */
export function openProgress({ clock, limits, send, dropped }: ProgressParts): ProgressLine {
  const waiting = new Map<string, { readonly event: Progress; readonly bytes: number }>()
  const off = new AbortController()
  let bytes = 0
  let opening: Progress | undefined
  let ringing = false

  const flush = () => {
    if (waiting.size === 0) return
    const events = [...waiting.values()].map(({ event }) => event)
    waiting.clear()
    bytes = 0
    send(events)
  }
  const ring = async () => {
    if (ringing) return
    ringing = true
    // Nothing else ends the sleep than being switched off, after which nobody listens.
    await clock.sleep(limits.progressMs, off.signal).catch(() => {})
    ringing = false
    if (!off.signal.aborted) flush()
  }

  return {
    add(event) {
      if (off.signal.aborted) return
      const text = textOf(event)
      if (text === undefined) {
        dropped()
        return
      }
      const size = Buffer.byteLength(text)
      const key = 'host' in event ? `${event.kind} ${event.host}` : event.kind
      const before = waiting.get(key)?.bytes
      const fits =
        bytes - (before ?? 0) + size <= limits.progressBytes &&
        (before !== undefined || waiting.size < limits.progressEvents)
      if (!fits) {
        dropped()
        return
      }
      // Whoever said it may change its object afterwards; what was said stays.
      const said = JSON.parse(text) as Progress
      if (event.kind === 'hosts') opening = said
      waiting.set(key, { event: said, bytes: size })
      bytes += size - (before ?? 0)
      void ring()
    },
    flush,
    get opening() {
      return opening
    },
    close() {
      flush()
      off.abort(ended)
    },
  }
}

/** An operation may say anything. What is no object of JSON, or would not fit into a message, has no text. */
function textOf(event: unknown): string | undefined {
  if (!isRecord(event)) return undefined
  try {
    const text = JSON.stringify(event)
    return text.length <= longestEvent ? text : undefined
  } catch {
    return undefined
  }
}
