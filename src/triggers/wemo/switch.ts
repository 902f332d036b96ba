import { unlessAborted } from '../../core/aborted.ts'
import type { ExecutionStatus } from '../../core/executions.ts'
import type { Flow } from '../../core/flow.ts'
import type { Json } from '../../core/json.ts'
import type { Clock } from '../../core/ports.ts'
import { utteranceKeys, utteranceMs, utterancePrefix } from '../../core/utterance.ts'
import type { Wemo } from '../../core/wemo.ts'

/** An execution that a word started. `startedAt` is milliseconds since the epoch. */
export interface Recent {
  readonly name: string
  readonly status: ExecutionStatus
  readonly startedAt: number
}

/** What a switch needs of the world. */
export interface SwitchPorts {
  readonly clock: Clock
  /** Starts a flow under a name, once: where an execution of that name is there, it does nothing. */
  startFlow(flow: Flow, input: Json, options: { readonly name: string }): Promise<unknown>
  /** Runs a flow and answers its output. Absent where no switch asks one for its state. */
  askFlow?(flow: Flow, input: Json, signal: AbortSignal): Promise<unknown>
  /** Executions of a flow whose names begin so, the newest first. Absent where none are kept. */
  recent?(flow: Flow, prefix: string): readonly Recent[]
  notice(text: string): void
}

/** One switch at work. */
export interface Switch {
  /** Starts what a word means, once. Rejects when it can't be started. */
  set(state: OnOff): Promise<void>
  /** Whether what it stands for is on, as far as is known. Never rejects. */
  state(): Promise<OnOff>
  counts(): { readonly started: number; readonly repeated: number; readonly failed: number }
}

export type OnOff = 'on' | 'off'

/** An Echo gives up after some eight seconds; we answer before. Milliseconds. */
const startMs = 5_000
const readMs = 2_500

/** What was read is believed for so long: whoever asks, asks several times. Milliseconds. */
const freshMs = 1_000

/** So long what was asked for is told, while its execution goes on: an Echo wants to see at once what it did. Milliseconds. */
const settlingMs = 30_000

interface Asked {
  readonly key: string
  readonly at: number
  readonly started: Promise<void>
}

/** Makes a switch work: what is said to it is done once, and what it says is what its thing is. */
export function createSwitch({ name, on, off, state: source }: Wemo, ports: SwitchPorts): Switch {
  const { clock, notice } = ports
  const actions = { on, off }
  const asked: Partial<Record<OnOff, Asked>> = {}
  const counted = { started: 0, repeated: 0, failed: 0 }
  let known: OnOff = 'off'
  let read: { readonly at: number; readonly answer: Promise<OnOff> } | undefined
  let unreadable = false

  const recent = (state: OnOff): readonly Recent[] =>
    ports.recent?.(actions[state].flow, utterancePrefix(name, state)) ?? []

  /** The word that is the same utterance: ours, or one that came by another way. */
  const before = (state: OnOff, now: number): string | undefined => {
    const last = asked[state]
    const opposite = asked[state === 'on' ? 'off' : 'on']?.at ?? Number.NEGATIVE_INFINITY
    const isNew = (at: number) => at > opposite && Math.abs(now - at) < utteranceMs
    if (last !== undefined && isNew(last.at)) return last.key
    const keys: readonly string[] = utteranceKeys(name, state, now)
    return recent(state).find(one => keys.includes(one.name) && isNew(one.startedAt))?.name
  }
  /** "On, off, on" within a moment is three words. */
  const fresh = (state: OnOff, now: number): string => {
    const [key] = utteranceKeys(name, state, now)
    const names = new Set([asked[state]?.key, ...recent(state).map(one => one.name)])
    let number = 1
    while (names.has(number === 1 ? key : `${key}.${number}`) && number < 99) number++
    return number === 1 ? key : `${key}.${number}`
  }
  const begin = async (state: OnOff, key: string): Promise<void> => {
    const { flow, input } = actions[state]
    await unlessAborted(ports.startFlow(flow, input, { name: key }), AbortSignal.timeout(startMs))
  }
  const readNow = async (): Promise<OnOff> => {
    const signal = AbortSignal.timeout(readMs)
    try {
      const said = source!.kind === 'function' ? source!.read() : askFlow(signal)
      const answer = await unlessAborted(Promise.resolve(said), signal)
      if (typeof answer !== 'boolean') throw new Error(`it says ${JSON.stringify(answer)}, not true or false`)
      known = answer ? 'on' : 'off'
      unreadable = false
    } catch (thrown) {
      if (!unreadable) notice(`wemo ${name}: its state can't be read: ${(thrown as Error).message}`)
      unreadable = true
    }
    return known
  }
  const askFlow = async (signal: AbortSignal): Promise<unknown> => {
    if (source?.kind !== 'flow' || ports.askFlow === undefined) throw new Error('no flow can be asked here')
    return source.value(await ports.askFlow(source.flow, source.input, signal))
  }
  const settling = (): OnOff | undefined => {
    const [state, last] =
      (Object.entries(asked) as [OnOff, Asked][]).sort(([, a], [, b]) => b.at - a.at)[0] ?? []
    if (state === undefined || Math.abs(clock.now() - last!.at) > settlingMs) return undefined
    const execution = recent(state).find(one => one.name === last!.key)
    return execution === undefined || execution.status === 'RUNNING' ? state : undefined
  }
  /** The newest word that did not come to nothing. */
  const lastDone = (): OnOff => {
    const done = (['on', 'off'] as const).flatMap(state => {
      const last = recent(state).find(({ status }) => status === 'RUNNING' || status === 'SUCCEEDED')
      return last === undefined ? [] : [{ state, at: last.startedAt }]
    })
    return done.sort((a, b) => b.at - a.at)[0]?.state ?? 'off'
  }

  return {
    async set(state) {
      const now = clock.now()
      const key = before(state, now)
      if (key !== undefined) {
        counted.repeated++
        await asked[state]?.started
        return
      }
      const fixed = fresh(state, now)
      const started = begin(state, fixed)
      const own = { key: fixed, at: now, started }
      asked[state] = own
      read = undefined
      try {
        await started
        counted.started++
        known = state
      } catch (thrown) {
        counted.failed++
        // Who says it again means it again.
        if (asked[state] === own) delete asked[state]
        notice(`wemo ${name}: ${state} could not be started: ${(thrown as Error).message}`)
        throw thrown
      }
    },
    async state() {
      const now = settling()
      if (now !== undefined) return now
      if (source === undefined) return ports.recent === undefined ? known : lastDone()
      if (read === undefined || Math.abs(clock.now() - read.at) > freshMs)
        read = { at: clock.now(), answer: readNow() }
      return read.answer
    },
    counts: () => ({ ...counted }),
  }
}
