import type { Flow } from '../../core/flow.ts'
import type { Json } from '../../core/json.ts'
import { utteranceKeys, utteranceMs, utterancePrefix } from '../../core/utterance.ts'
import type { Wemo } from '../../core/wemo.ts'
import { type OnOff, otherThan, type Place, type Recent } from './place.ts'

export interface HomePorts {
  /** Starts a flow under a name, once: where an execution of that name is there, it does nothing. */
  startFlow(flow: Flow, input: Json, options: { readonly name: string }): Promise<unknown>
  /** Executions of a flow whose names begin so, the newest first. Absent where none are kept. */
  recent?(flow: Flow, prefix: string): readonly Recent[]
}

/** The flows of a switch executed by this daemon, which alone knows of them. */
export function atHome({ name, on, off }: Wemo, ports: HomePorts): Place {
  const actions = { on, off }
  const heard: Partial<Record<OnOff, { readonly key: string; readonly at: number }>> = {}
  const recent = (state: OnOff): readonly Recent[] =>
    ports.recent?.(actions[state].flow, utterancePrefix(name, state)) ?? []

  /** The execution of the same utterance, which came by another way or before a restart. */
  const before = (state: OnOff, now: number): Recent | undefined => {
    const undone = heard[otherThan(state)]?.at ?? Number.NEGATIVE_INFINITY
    const keys: readonly string[] = utteranceKeys(name, state, now)
    return recent(state).find(
      one => keys.includes(one.name) && one.startedAt > undone && Math.abs(now - one.startedAt) < utteranceMs,
    )
  }
  /** "On, off, on" within a moment is three words. */
  const fresh = (state: OnOff, now: number): string => {
    const [key] = utteranceKeys(name, state, now)
    const names = new Set([heard[state]?.key, ...recent(state).map(one => one.name)])
    let number = 1
    while (names.has(number === 1 ? key : `${key}.${number}`) && number < 99) number++
    return number === 1 ? key : `${key}.${number}`
  }

  return {
    sameMs: utteranceMs,
    recent: ports.recent && (async state => recent(state)),
    async start(state, now) {
      const there = before(state, now)
      if (there !== undefined) {
        heard[state] = { key: there.name, at: there.startedAt }
        return { key: there.name, at: there.startedAt, fresh: false }
      }
      const key = fresh(state, now)
      const own = { key, at: now }
      heard[state] = own
      const { flow, input } = actions[state]
      try {
        await ports.startFlow(flow, input, { name: key })
      } catch (thrown) {
        if (heard[state] === own) delete heard[state]
        throw thrown
      }
      return { ...own, fresh: true }
    },
  }
}
