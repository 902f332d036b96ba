import type { Progress } from '../../src/core/context.ts'
import { ReopsError } from '../../src/core/errors.ts'
import type { JobRecord } from '../../src/core/jobs.ts'
import type { Json } from '../../src/core/json.ts'
import { describeError } from '../../src/core/task.ts'
import type { Peer } from '../../src/transports/zeromq/channel.ts'
import { type FromBridge, mostProgressEvents } from '../../src/transports/zeromq/messages.ts'

/** What a message and Step Functions take of an error's name and of a cause, in characters. */
const longestError = 256
const longestCause = 60_000

/** Tells a peer something. Whoever is gone or takes nothing is not waited for: its session ends by itself. */
export function say(peer: Peer, message: FromBridge, bytes?: Uint8Array): void {
  try {
    peer.send(bytes === undefined ? { body: message } : { body: message, bytes })
  } catch (error) {
    // Nobody else is to suffer from what one session can't carry.
    peer.drop(`a message could not be sent: ${wordsOf(error)}`)
  }
}

/** Characters of the events in one message; a single one may be longer. */
const longestProgress = 256 * 1_024

/** Tells what a job says of itself, in as few messages as it fits into. */
export function sayProgress(peers: Iterable<Peer>, id: string, events: readonly Progress[]): void {
  const messages: Json[][] = []
  let length = Number.POSITIVE_INFINITY
  for (const event of events as unknown as readonly Json[]) {
    const own = JSON.stringify(event).length
    if (length + own > longestProgress || messages.at(-1)!.length >= mostProgressEvents) {
      messages.push([])
      length = 0
    }
    messages.at(-1)!.push(event)
    length += own
  }
  for (const peer of peers) for (const said of messages) say(peer, { kind: 'progress', id, events: said })
}

/** Tells how a job ended. */
export function sayEnd(peer: Peer, { id, state, output, error, cause }: JobRecord): void {
  if (output !== undefined) say(peer, { kind: 'answer', id, output })
  else
    say(peer, { kind: 'failed', id, state, ...shortened({ error: error ?? 'Unknown', cause: cause ?? '' }) })
}

/** An error's name and cause, as short as messages take them. */
export function explain(error: unknown): { readonly error: string; readonly cause: string } {
  return shortened(describeError(error))
}

export function shortened({ error, cause }: { readonly error: string; readonly cause: string }): {
  readonly error: string
  readonly cause: string
} {
  return { error: cut(error, longestError), cause: cut(cause, longestCause) }
}

/** A text that was too long says so at its end, and doesn't end within a character. */
export function cut(text: string, longest: number): string {
  if (text.length <= longest) return text.toWellFormed()
  const mark = ` … (${text.length} characters)`
  if (mark.length >= longest) return text.slice(0, longest).toWellFormed()
  return text.slice(0, longest - mark.length).toWellFormed() + mark
}

/** What a person reads of an error. */
export function wordsOf(error: unknown): string {
  if (error instanceof ReopsError) return error.message
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
