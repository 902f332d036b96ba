import { isRecord, type Json } from '../../core/json.ts'
import { oneLine } from '../../core/one-line.ts'
import { isOutcome } from '../../core/outcome.ts'
import { isSkipped } from '../../core/skipped.ts'
import type { Phrases } from './phrases.ts'

/** How an execution ended. */
export interface Ended {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED'
  /** Of one that succeeded. */
  readonly output?: Json | undefined
  /** The name of the error, for the log. */
  readonly error?: string | undefined
}

/** Characters that are said; Alexa takes 8000 with the markup around them. */
const longest = 6_000

/**
 * What is said of an execution's end: what its pipeline says by `alexa.reply`, else the declared reply. Hosts that failed are
 * never passed over, and an error is said without what only its history should tell.
 */
export function conclude(ended: Ended, what: string, reply: string | undefined, phrases: Phrases): string {
  switch (ended.status) {
    case 'FAILED':
      return phrases.failed(what)
    case 'TIMED_OUT':
      return phrases.tookTooLong(what)
    case 'ABORTED':
      return phrases.wasStopped(what)
    default:
      return succeeded(ended.output, reply, phrases)
  }
}

function succeeded(output: unknown, reply: string | undefined, phrases: Phrases): string {
  const speech = speechIn(output)
  if (speech !== undefined) return speech
  if (isSkipped(output)) return phrases.nothingToDo(oneLine(output.reason, 200))
  if (isOutcome(output) && output.failure.length > 0) {
    const hosts = new Set([...output.successful, ...output.failure].map(({ host }) => host))
    return phrases.failedFor(new Set(output.failure.map(({ host }) => host)).size, hosts.size)
  }
  return reply ?? phrases.done
}

/** What a pipeline says; of parallel ones, what each says. */
function speechIn(output: unknown): string | undefined {
  if (Array.isArray(output)) {
    const said = output.map(speechIn).filter(one => one !== undefined)
    return said.length === 0 ? undefined : said.join(' ').slice(0, longest)
  }
  if (!isRecord(output) || typeof output.speech !== 'string' || output.speech.trim() === '') return undefined
  return output.speech.slice(0, longest)
}
