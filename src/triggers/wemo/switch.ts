import { unlessAborted } from '../../core/aborted.ts'
import type { Flow } from '../../core/flow.ts'
import type { Json } from '../../core/json.ts'
import type { Clock } from '../../core/ports.ts'
import type { Runs } from '../../core/runs.ts'
import type { Wemo } from '../../core/wemo.ts'
import { type AwayPorts, away } from './away.ts'
import { atHome, type HomePorts } from './home.ts'
import { type Begun, type OnOff, otherThan, type Recent } from './place.ts'

/** What a switch needs of the world. */
export interface SwitchPorts extends HomePorts {
  readonly clock: Clock
  /** Runs a flow and answers its output. Absent where no switch asks one for its state. */
  askFlow?(flow: Flow, input: Json, signal: AbortSignal): Promise<unknown>
  /** Where flows of switches are started that do not say; here when left out. */
  readonly runs?: Runs | undefined
  /** AWS. What is to be started there is not started here instead: a skill may have heard it, too. */
  readonly cloud?: AwayPorts | undefined
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

/** An Echo gives up after some eight seconds; we answer before. Milliseconds. */
const startMs = 5_000
const readMs = 2_500

/** What was read is believed for so long: whoever asks, asks several times. Milliseconds. */
const freshMs = 1_000

/** So long what was asked for is told, while its execution goes on: an Echo wants to see at once what it did. Milliseconds. */
const settlingMs = 30_000

interface Asked {
  readonly at: number
  readonly started: Promise<Begun>
  /** Of the execution, once it is known. */
  readonly key?: string
}

/** Makes a switch work: what is said to it is done once, and what it says is what its thing is. */
export function createSwitch(device: Wemo, ports: SwitchPorts): Switch {
  const { name, state: source } = device
  const { clock, notice } = ports
  const place = placeOf(device, ports)
  const asked: Partial<Record<OnOff, Asked>> = {}
  const counted = { started: 0, repeated: 0, failed: 0 }
  let known: OnOff = 'off'
  let read: { readonly at: number; readonly answer: Promise<OnOff> } | undefined
  let unreadable = false

  /** Whether a word is the one that was heard last, once more. */
  const isSame = (state: OnOff, last: Asked, now: number): boolean => {
    const undone = asked[otherThan(state)]?.at ?? Number.NEGATIVE_INFINITY
    return last.at > undone && (last.key === undefined || Math.abs(now - last.at) < place.sameMs)
  }
  const readable = async <T>(reading: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> => {
    const signal = AbortSignal.timeout(readMs)
    try {
      const answer = await unlessAborted(reading(signal), signal)
      unreadable = false
      return answer
    } catch (thrown) {
      if (!unreadable) notice(`wemo ${name}: its state can't be read: ${(thrown as Error).message}`)
      unreadable = true
      return undefined
    }
  }
  const readNow = async (): Promise<OnOff> => {
    const answer = await readable(async signal => {
      const said = await (source?.kind === 'function' ? source.read() : askFlow(signal))
      if (typeof said !== 'boolean') throw new Error(`it says ${JSON.stringify(said)}, not true or false`)
      return said
    })
    if (answer !== undefined) known = answer ? 'on' : 'off'
    return known
  }
  const askFlow = async (signal: AbortSignal): Promise<unknown> => {
    if (source?.kind !== 'flow' || ports.askFlow === undefined) throw new Error('no flow can be asked here')
    return source.value(await ports.askFlow(source.flow, source.input, signal))
  }
  const recent = async (state: OnOff): Promise<readonly Recent[] | undefined> =>
    place.recent && readable(signal => place.recent!(state, signal))
  const settling = async (): Promise<OnOff | undefined> => {
    const [state, last] =
      (Object.entries(asked) as [OnOff, Asked][]).sort(([, a], [, b]) => b.at - a.at)[0] ?? []
    if (state === undefined || Math.abs(clock.now() - last!.at) > settlingMs) return undefined
    if (last!.key === undefined) return state
    const execution = (await recent(state))?.find(one => one.name === last!.key)
    // Somebody else may have undone it since.
    const undone = (await recent(otherThan(state)))?.[0]
    if (undone !== undefined && undone.startedAt > (execution?.startedAt ?? last!.at)) return undefined
    return execution === undefined || execution.status === 'RUNNING' ? state : undefined
  }
  /** The newest word that did not come to nothing; what is known where that can't be read. */
  const lastDone = async (): Promise<OnOff> => {
    if (place.recent === undefined) return known
    const states = ['on', 'off'] as const
    const lists = await Promise.all(states.map(recent))
    if (lists.includes(undefined)) return known
    const done = states.flatMap((state, index) => {
      const last = lists[index]!.find(({ status }) => status === 'RUNNING' || status === 'SUCCEEDED')
      return last === undefined ? [] : [{ state, at: last.startedAt }]
    })
    known = done.sort((a, b) => b.at - a.at)[0]?.state ?? 'off'
    return known
  }

  return {
    async set(state) {
      const now = clock.now()
      const last = asked[state]
      if (last !== undefined && isSame(state, last, now)) {
        counted.repeated++
        await last.started
        return
      }
      const signal = AbortSignal.timeout(startMs)
      const started = unlessAborted(place.start(state, now, signal), signal)
      const own: Asked = { at: now, started }
      asked[state] = own
      read = undefined
      try {
        const { key, at, fresh } = await started
        counted[fresh ? 'started' : 'repeated']++
        known = state
        if (asked[state] === own) asked[state] = { ...own, key, at }
      } catch (thrown) {
        counted.failed++
        // Who says it again means it again.
        if (asked[state] === own) delete asked[state]
        notice(`wemo ${name}: ${state} could not be started: ${(thrown as Error).message}`)
        throw thrown
      }
    },
    async state() {
      const now = await settling()
      if (now !== undefined) return now
      if (source === undefined) return lastDone()
      if (read === undefined || Math.abs(clock.now() - read.at) > freshMs)
        read = { at: clock.now(), answer: readNow() }
      return read.answer
    },
    counts: () => ({ ...counted }),
  }
}

function placeOf(device: Wemo, ports: SwitchPorts) {
  if ((device.runs ?? ports.runs ?? 'daemon') === 'daemon') return atHome(device, ports)
  const { cloud, clock } = ports
  if (cloud === undefined)
    throw new Error(`the flows of ${device.name} are started in AWS, which is not here`)
  return away(device, cloud, () => clock.now())
}
