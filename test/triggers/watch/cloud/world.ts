import * as z from 'zod'
import type { Clock } from '../../../../src/core/ports.ts'
import { sensor } from '../../../../src/core/sensor.ts'
import { type Guard, type Watch, watch } from '../../../../src/core/watch.ts'
import type { CloudReading } from '../../../../src/core/watches/cloud/reading.ts'
import {
  type WatchAnswer,
  type WatchRequest,
  watchRequestSchema,
} from '../../../../src/core/watches/cloud/request.ts'
import type { ActionName } from '../../../../src/core/watches/state.ts'
import { answerWatch } from '../../../../src/triggers/watch/cloud/keep.ts'
import { cloudWatches } from '../../../fakes/cloud-watches.ts'
import { noted } from '../make.ts'

/** Readings are believed for ten minutes. */
export const heat = sensor('closet/heat', z.number(), { maxAge: '10m' })
export const rooms = (combine: 'max' | 'min') =>
  sensor('closet/+/heat', z.number(), { maxAge: '10m', combine })

/** A watch that starts a flow with the value that was read, and another when it has cleared. */
export function watchOn(
  of: typeof heat,
  rules: Pick<Guard<number>, 'clears' | 'on' | 'for' | 'cooldown' | 'budget'> = {},
  { reverses = false }: { readonly reverses?: boolean } = {},
): Watch {
  const input = (value: number) => ({ value })
  return watch('hot', {
    sensor: of,
    when: (value: number) => value > 70,
    flow: noted,
    input,
    ...rules,
    ...(reverses && { onClear: { flow: noted, input } }),
  })
}

/** What an execution does badly with its next call. */
export type Fault = 'none' | 'lost' | 'dies'

/** An execution of the watch's state machine, by what it is doing. */
interface Execution {
  readonly name: string
  waitsUntil?: number
  dead?: boolean
}

export interface Start {
  readonly at: number
  readonly kind: ActionName
  readonly input: string
}

interface WorldOptions {
  readonly watch: Watch
  /** What comes of the next call. */
  readonly fault?: () => Fault
  /** Which of so many calls under way comes next. */
  readonly choose?: (count: number) => number
}

/**
 * A watch, its state machine as it is compiled, and what keeps it, on a virtual clock. Executions go on at once, and come
 * to the store in any order.
 */
export function openWorld({ watch: watched, fault = () => 'none', choose = () => 0 }: WorldOptions) {
  const waiting: (() => void)[] = []
  const store = cloudWatches(() => new Promise<void>(resolve => void waiting.push(resolve)))
  const executions: Execution[] = []
  const started = new Map<string, Start>()
  const answers: { readonly request: WatchRequest; readonly answer: WatchAnswer }[] = []
  const notices: string[] = []
  let time = 0
  let running = 0
  const clock: Clock = { now: () => time, sleep: async () => {} }
  const signal = new AbortController().signal

  const ask = async (request: WatchRequest): Promise<WatchAnswer> => {
    const parsed = watchRequestSchema.parse(JSON.parse(JSON.stringify(request)))
    for (;;) {
      try {
        const ports = { store, clock, signal, notice: (text: string) => void notices.push(text) }
        return JSON.parse(JSON.stringify(await answerWatch(watched, parsed, ports)))
      } catch (thrown) {
        // The state machine tries again.
        if ((thrown as Error).name !== 'AwsBusy') throw thrown
      }
    }
  }

  /** As the state machine does: decides, starts and settles until there is nothing to start, and waits for a look. */
  const go = async (execution: Execution, first: WatchRequest): Promise<void> => {
    running++
    try {
      let request = first
      for (;;) {
        const answer = await ask(request)
        const came = fault()
        if (came === 'lost') continue
        answers.push({ request, answer })
        if (came === 'dies') {
          execution.dead = true
          return
        }
        const { execution: name, looks, watch: of } = request
        const { action, look } = answer
        if (action !== undefined) {
          // A name is taken once.
          if (!started.has(action.key))
            started.set(action.key, { at: time, kind: action.kind, input: action.input })
          request = { do: 'settle', watch: of, execution: name, looks, key: action.key, carried: 'started' }
          if (fault() === 'dies') {
            execution.dead = true
            return
          }
          continue
        }
        if (look === undefined) return
        execution.waitsUntil = Date.parse(look)
        waits.set(execution, { do: 'decide', watch: of, execution: name, looks: looks + 1 })
        return
      }
    } finally {
      running--
    }
  }
  const waits = new Map<Execution, WatchRequest>()

  const begin = (reading?: CloudReading) => {
    const execution: Execution = { name: `e${executions.length}` }
    executions.push(execution)
    return go(execution, {
      ...{ do: 'decide', watch: watched.name, execution: execution.name, looks: 0 },
      ...(reading && { reading }),
    })
  }

  /** Until nothing is under way at this moment. */
  const settleDown = async (work: readonly Promise<void>[]) => {
    const all = Promise.all(work)
    all.catch(() => {})
    while (running > 0) {
      await new Promise(resolve => setImmediate(resolve))
      if (waiting.length > 0) waiting.splice(choose(waiting.length), 1)[0]!()
    }
    await all
  }

  const nextLook = () => Math.min(...[...waits.keys()].map(({ waitsUntil }) => waitsUntil!))

  return {
    store,
    started,
    answers,
    notices,
    now: () => time,
    /** Those that wait, and until when. */
    waiting: () => [...waits.keys()].map(({ waitsUntil }) => waitsUntil!),
    /** Goes on to a time, and looks when it was promised; at that time itself, after what else comes then. */
    async passTo(until: number, including = false) {
      while (nextLook() < until || (including && nextLook() <= until)) {
        time = Math.max(time, nextLook())
        const due = [...waits].filter(([{ waitsUntil }]) => waitsUntil! <= time)
        for (const [execution] of due) waits.delete(execution)
        await settleDown(due.map(([execution, request]) => go(execution, request)))
      }
      time = Math.max(time, until)
    },
    /** Readings that come at this moment, each by an execution of its own. */
    async hear(...readings: readonly (CloudReading | undefined)[]) {
      await settleDown(readings.map(reading => begin(reading)))
    },
  }
}

/** A reading of the sensor; without a value, one of which nothing is known. */
export function told(
  value: number | undefined,
  at: number,
  topic = 'closet/heat',
  name = heat.name,
): CloudReading {
  const of = { v: 1 as const, sensor: name, topic, at }
  return value === undefined ? { ...of, reason: 'unparseable', why: 'no number' } : { ...of, value }
}
