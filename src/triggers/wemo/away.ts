import type { Flow } from '../../core/flow.ts'
import type { Json } from '../../core/json.ts'
import { type UtteranceKeys, utteranceKeys, utteranceMs, utterancePrefix } from '../../core/utterance.ts'
import type { Wemo } from '../../core/wemo.ts'
import { type OnOff, otherThan, type Place, type Recent } from './place.ts'

/** A word whose flow is started in AWS. */
export interface AwayWord {
  readonly flow: Flow
  readonly input: Json
  readonly names: UtteranceKeys
  /** When it was said, in milliseconds since the epoch. */
  readonly at: number
  /** What undoes it. */
  readonly undoing: { readonly flow: Flow; readonly names: UtteranceKeys }
  /** The executions that this switch started a moment ago, which AWS may not show yet. */
  readonly known: readonly { readonly flow: Flow; readonly name: string; readonly at: number }[]
}

/** AWS, where a skill may hear the same word. */
export interface AwayPorts {
  /** Starts a word once, whoever heard it first. Rejects when it can't be. */
  start(word: AwayWord, signal: AbortSignal): Promise<{ readonly name: string; readonly fresh: boolean }>
  /** Executions of a flow whose names begin so, the newest first. */
  recent(flow: Flow, prefix: string, signal: AbortSignal): Promise<readonly Recent[]>
}

/** An Echo sends a word again within so long; what comes later may have been undone by the skill. Milliseconds. */
const repeatedMs = 1_000

/** What was read is believed for so long. Milliseconds. */
const freshMs = 2_000

/** The flows of a switch executed in AWS, which knows of those that a skill has started as well. */
export function away({ name, on, off }: Wemo, ports: AwayPorts, now: () => number): Place {
  const actions = { on, off }
  const read: Partial<Record<OnOff, { readonly at: number; readonly answer: Promise<readonly Recent[]> }>> =
    {}
  let known: AwayWord['known'] = []
  // One after the other: what a word means depends on the ones before.
  let last: Promise<unknown> = Promise.resolve()

  const begin = async (state: OnOff, at: number, signal: AbortSignal) => {
    signal.throwIfAborted()
    const { flow, input } = actions[state]
    const undone = otherThan(state)
    const undoing = { flow: actions[undone].flow, names: utteranceKeys(name, undone, at) }
    known = known.filter(one => Math.abs(at - one.at) < 2 * utteranceMs)
    const word = { flow, input, names: utteranceKeys(name, state, at), at, undoing, known }
    const started = await ports.start(word, signal)
    if (started.fresh) known = [...known, { flow, name: started.name, at: now() }]
    delete read[state]
    return { key: started.name, at, fresh: started.fresh }
  }
  return {
    sameMs: repeatedMs,
    start(state, at, signal) {
      const started = last.then(() => begin(state, at, signal))
      last = started.catch(() => {})
      return started
    },
    recent(state, signal) {
      const before = read[state]
      if (before !== undefined && Math.abs(now() - before.at) < freshMs) return before.answer
      const answer = ports.recent(actions[state].flow, utterancePrefix(name, state), signal)
      const own = { at: now(), answer }
      read[state] = own
      // What could not be read is asked for again.
      answer.catch(() => read[state] === own && delete read[state])
      return answer
    },
  }
}
