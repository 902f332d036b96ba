/**
 * One utterance acts once, whoever hears it: the skill's function, a switch at home, both. What is true of it:
 *
 * 1. Who hears the same words in the same ten seconds starts an execution of the same name, of which AWS makes one.
 * 2. Who hears them at the other side of the edge between two such times finds the execution of the one before. It has
 *    `edgeMs` to get there: who hears something in the first moments of such a time looks a second time when they are over.
 * 3. "Off, on, off" is three words, however quick and whoever heard which: what was undone in between is said anew.
 * 4. What can't be looked at is not started: whoever spoke is told, and says it again.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Json } from '../../core/json.ts'
import { type UtteranceKeys, utteranceMs } from '../../core/utterance.ts'

/** The executions of a flow that a word may have. */
export interface Named {
  readonly flow: string
  readonly names: UtteranceKeys
}

/** A word that was heard. */
export interface Word extends Named {
  readonly input: Json
  /** When it was said, in milliseconds since the epoch. */
  readonly at: number
  /** What undoes it. */
  readonly undoing?: readonly Named[] | undefined
  /** When executions were started that who asks knows of and AWS may not yet, by flow and name as `knownAs` puts them. */
  readonly known?: ReadonlyMap<string, number> | undefined
}

/** The execution of a word. */
export interface StartedOnce {
  readonly flow: string
  readonly name: string
  /** False where it was there: somebody else heard the same, or a call before had lost its answer. */
  readonly fresh: boolean
}

export interface StartOncePorts {
  /** When an execution was started; nothing where AWS knows none of that name. */
  startedAt(flow: string, name: string): Promise<number | undefined>
  /** Starts an execution; answers false where one of that name is there. */
  start(flow: string, name: string, input: Json): Promise<boolean>
  now(): number
  sleep?(ms: number, signal: AbortSignal): Promise<unknown>
}

/** How long whoever hears a word may take to start it: a cold function, and AWS until it shows it. Milliseconds. */
const edgeMs = 1_500

/** When something was said is told in seconds, and by another clock than when something was started. Milliseconds. */
const toleranceMs = 1_500

/** So often one word may be said anew within ten seconds; the next is taken for the last. */
const mostNumbers = 9

interface Seen {
  readonly name: string
  readonly startedAt: number
}

/** By what an execution stands in `known`. */
export function knownAs(flow: string, name: string): string {
  return `${flow} ${name}`
}

/**
 * Starts the execution of a word, or finds the one that is there. Rejects with what the ports throw, and with the signal's
 * reason.
 */
export async function startOnce(
  word: Word,
  ports: StartOncePorts,
  signal: AbortSignal,
): Promise<StartedOnce> {
  const first = await look(word, ports, signal)
  const wait = Math.floor(word.at / utteranceMs) * utteranceMs + edgeMs - ports.now()
  const second = first.same === undefined && wait > 0 && wait <= edgeMs
  if (second) await (ports.sleep ?? pause)(wait, signal)
  const { same, next } = second ? await look(word, ports, signal) : first
  if (same !== undefined) return { flow: word.flow, name: same, fresh: false }
  return { flow: word.flow, name: next, fresh: await ports.start(word.flow, next, word.input) }
}

/** The execution of the same utterance, and the name of the one that is to be started where there is none. */
async function look(
  word: Word,
  ports: StartOncePorts,
  signal: AbortSignal,
): Promise<{ readonly same?: string; readonly next: string }> {
  const { at, undoing = [] } = word
  const seen = (named: Named) =>
    Promise.all(named.names.map(key => numbered(named.flow, key, word, ports, signal)))
  const [own = [], before = [], after = []] = await seen(word)
  const next = own.length === 0 ? word.names[0] : `${word.names[0]}.${Math.min(own.length + 1, mostNumbers)}`
  const last = newest([
    ...own,
    ...before.filter(one => one.startedAt >= at - utteranceMs),
    ...after.filter(one => one.startedAt <= at + utteranceMs),
  ])
  if (last === undefined) return { next }
  const undone = newest((await Promise.all(undoing.map(seen))).flat(2))
  const anew =
    undone !== undefined && undone.startedAt > last.startedAt && undone.startedAt <= at + toleranceMs
  return anew && own.length < mostNumbers ? { next } : { same: last.name, next }
}

/** The executions of one key: the first, and those that said it anew. */
async function numbered(
  flow: string,
  key: string,
  { known }: Word,
  ports: StartOncePorts,
  signal: AbortSignal,
): Promise<readonly Seen[]> {
  const seen: Seen[] = []
  for (let number = 1; number <= mostNumbers; number++) {
    signal.throwIfAborted()
    const name = number === 1 ? key : `${key}.${number}`
    const startedAt = (await ports.startedAt(flow, name)) ?? known?.get(knownAs(flow, name))
    if (startedAt === undefined) break
    seen.push({ name, startedAt })
  }
  return seen
}

function newest(all: readonly Seen[]): Seen | undefined {
  return all.reduce<Seen | undefined>(
    (best, one) => (best === undefined || one.startedAt > best.startedAt ? one : best),
    undefined,
  )
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal })
}
