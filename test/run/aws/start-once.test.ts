import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { utteranceKeys } from '../../../src/core/utterance.ts'
import { knownAs, type StartOncePorts, startOnce, type Word } from '../../../src/run/aws/start-once.ts'
import fc from '../../support/fast-check.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const until = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

/** Executions of which AWS makes one a name at once, and which it shows a while later. */
function openMachine({ answerMs = 0, lagMs = 0 } = {}) {
  const executions = new Map<string, number>()
  const calls = { looks: 0 }
  /** Who reaches it, by a clock of their own. */
  const portsOf = (aheadMs = 0): StartOncePorts => ({
    now: () => Date.now() + aheadMs,
    sleep: until,
    async startedAt(_flow, name) {
      calls.looks++
      await until(answerMs)
      const at = executions.get(name)
      return at !== undefined && Date.now() >= at + lagMs ? at : undefined
    },
    async start(_flow, name) {
      await until(answerMs)
      if (executions.has(name)) return false
      executions.set(name, Date.now())
      return true
    },
  })
  const hear = (state: 'on' | 'off', at: number, more: Partial<Word> = {}, aheadMs = 0) => {
    const undoing = [
      {
        flow: state === 'on' ? 'plexOff' : 'plexOn',
        names: utteranceKeys('plex', state === 'on' ? 'off' : 'on', at),
      },
    ]
    const flow = state === 'on' ? 'plexOn' : 'plexOff'
    const word = { flow, names: utteranceKeys('plex', state, at), input: {}, at, undoing, ...more }
    return startOnce(word, portsOf(aheadMs), never)
  }
  return { executions, calls, hear, portsOf }
}
const never = new AbortController().signal

/** Lets time pass until something has come to its end. */
async function passing<T>(work: Promise<T>): Promise<T> {
  let over = false
  const ended = work.finally(() => {
    over = true
  })
  ended.catch(() => {})
  while (!over) await vi.advanceTimersByTimeAsync(50)
  return ended
}

const edge = 1_700_000_000_000

test('an utterance is started once, whenever within ten seconds others hear it, and by whatever clocks', async () => {
  const hearer = fc.record({
    // After the first one has heard it.
    after: fc.integer({ min: 0, max: 9_000 }),
    // Of a function that is cold.
    delay: fc.integer({ min: 0, max: 700 }),
    ahead: fc.integer({ min: -100, max: 100 }),
  })
  const cases = fc.record({
    // Of the first one, around the edge.
    first: fc.integer({ min: -9_900, max: 2_000 }),
    hearers: fc.array(hearer, { minLength: 2, maxLength: 4 }),
    answerMs: fc.integer({ min: 0, max: 150 }),
    lagMs: fc.integer({ min: 0, max: 300 }),
  })
  await fc.assert(
    fc.asyncProperty(cases, async ({ first, hearers, answerMs, lagMs }) => {
      vi.setSystemTime(edge + first)
      const { hear, executions } = openMachine({ answerMs, lagMs })
      const all = hearers.map(async ({ after, delay, ahead }) => {
        await until(after)
        const at = Date.now() + ahead
        await until(delay)
        return hear('on', at, {}, ahead)
      })
      const ends = await passing(Promise.all(all))
      expect([...executions.keys()]).toHaveLength(1)
      expect(ends.filter(({ fresh }) => fresh)).toHaveLength(1)
      expect(new Set(ends.map(({ name }) => name)).size).toBe(1)
    }),
    { numRuns: 150 },
  )
})

describe('a word that was undone', () => {
  test('is said anew, as often as it is undone, and by whoever hears it once', async () => {
    vi.setSystemTime(edge + 2_000)
    const { hear, executions } = openMachine()
    for (const state of ['off', 'on', 'off', 'off', 'on', 'off'] as const) {
      await passing(hear(state, Date.now()))
      await vi.advanceTimersByTimeAsync(200)
    }
    expect([...executions.keys()].map(name => name.replace(/-[a-z0-9]+(?=$|\.)/, ''))).toEqual([
      'voice-plex-off',
      'voice-plex-on',
      'voice-plex-off.2',
      'voice-plex-on.2',
      'voice-plex-off.3',
    ])
  })

  test('is the word of before where it was only heard late', async () => {
    vi.setSystemTime(edge + 2_000)
    const { hear, executions } = openMachine()
    const said = Date.now()
    await passing(hear('on', said))
    await vi.advanceTimersByTimeAsync(3_000)
    await passing(hear('off', Date.now()))
    expect(await passing(hear('on', said))).toMatchObject({ fresh: false })
    expect(executions.size).toBe(2)
  })

  test('is known to be by who started it, while AWS shows nothing yet', async () => {
    vi.setSystemTime(edge + 2_000)
    const { hear, executions } = openMachine({ lagMs: 5_000 })
    const known = new Map<string, number>()
    for (const state of ['off', 'on', 'off'] as const) {
      const { flow, name } = await passing(hear(state, Date.now(), { known }))
      known.set(knownAs(flow, name), Date.now())
      await vi.advanceTimersByTimeAsync(100)
    }
    expect(executions.size).toBe(3)
  })
})

test('who hears it late by the clock finds what was begun after the edge', async () => {
  vi.setSystemTime(edge + 3_000)
  const { hear, executions } = openMachine()
  await passing(hear('on', edge + 3_000))
  expect(await passing(hear('on', edge - 500))).toMatchObject({ fresh: false })
  expect(executions.size).toBe(1)
})

test('ten seconds later it is another utterance', async () => {
  vi.setSystemTime(edge + 2_000)
  const { hear, executions } = openMachine()
  await passing(hear('on', Date.now()))
  await vi.advanceTimersByTimeAsync(10_001)
  expect(await passing(hear('on', Date.now()))).toMatchObject({ fresh: true })
  expect(executions.size).toBe(2)
})

test('what can not be looked at, or took too long, is not started', async () => {
  const { executions, portsOf } = openMachine()
  const word = { flow: 'plexOn', names: utteranceKeys('plex', 'on', edge), input: {}, at: edge }
  const blind = { ...portsOf(), startedAt: () => Promise.reject(new Error('busy')) }
  await expect(startOnce(word, blind, never)).rejects.toThrow('busy')
  const late = AbortSignal.abort(new Error('too late'))
  await expect(startOnce(word, portsOf(), late)).rejects.toThrow('too late')
  expect(executions.size).toBe(0)
})
