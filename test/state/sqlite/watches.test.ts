import { describe, expect, test } from 'vitest'
import { StoreClosed } from '../../../src/core/execution-errors.ts'
import type { KeptDecision, WatchState } from '../../../src/core/watches/state.ts'
import { openWatchStore } from '../../../src/state/sqlite/index.ts'
import { useFolder } from './folder.ts'

const { fresh, open } = useFolder()

const state: WatchState = {
  begun: 1,
  now: 5,
  phase: 'pending',
  since: 2,
  dwell: { held: 3, at: 5, until: 9 },
  owed: false,
  cooldownUntil: 1,
  actions: [1, 2.5],
  sequence: 2,
  stands: 'flow',
  said: 'waiting',
  unknownSince: 4,
}
const said = (watch: string, at: number): KeptDecision => ({ watch, at, code: 'waiting', value: 71 })
const acted = (watch: string, at: number, key: string): KeptDecision => ({
  watch,
  at,
  code: 'act',
  value: { hot: true },
  action: { key, kind: 'flow', input: { why: [71] }, carried: 'decided' },
})

describe('watches in SQLite', () => {
  test('go on where they were when the file is opened anew', async () => {
    const file = fresh()
    const store = openWatchStore(open(file))
    await store.save('hot', state)
    await store.save('hot', { ...state, sequence: 3 }, acted('hot', 7, 'hot-1-3'))
    await store.saveClock({ steady: 1, wall: 2, monotonic: 3, boot: 'a' })
    await store.saveClock({ steady: 1.5, wall: 2.5, monotonic: 3.5, boot: 'b' })
    const again = openWatchStore(open(file))
    expect(again.state('hot')).toEqual({ ...state, sequence: 3 })
    expect(again.state('cold')).toBeUndefined()
    expect(again.unsettled()).toEqual([acted('hot', 7, 'hot-1-3')])
    expect(again.clock()).toEqual({ steady: 1.5, wall: 2.5, monotonic: 3.5, boot: 'b' })
  })

  test('write a state and its decision together or not at all', async () => {
    const store = openWatchStore(open(fresh()))
    await store.save('hot', state, acted('hot', 7, 'one'))
    // The key of an execution is one of a kind.
    await expect(store.save('hot', { ...state, sequence: 9 }, acted('hot', 8, 'one'))).rejects.toThrow()
    expect(store.state('hot')).toEqual(state)
    expect(store.decisions({})).toHaveLength(1)
  })

  test('say what became of an action', async () => {
    const store = openWatchStore(open(fresh()))
    await store.save('hot', state, acted('hot', 7, 'one'))
    await store.save('hot', state, acted('hot', 8, 'two'))
    await store.settle('one', { carried: 'started' })
    await store.settle('two', { carried: 'failed', problem: 'no such flow' })
    expect(store.unsettled()).toEqual([])
    expect(store.decisions({}).map(({ action }) => [action?.carried, action?.problem])).toEqual([
      ['failed', 'no such flow'],
      ['started', undefined],
    ])
  })

  test('list decisions newest first, of a watch, since a time, and those that acted', async () => {
    const store = openWatchStore(open(fresh()))
    for (const at of [1, 2, 3]) await store.save('hot', state, said('hot', at))
    await store.save('cold', state, acted('cold', 4, 'key'))
    const times = (filter: Parameters<typeof store.decisions>[0]) =>
      store.decisions(filter).map(({ at }) => at)
    expect(times({})).toEqual([4, 3, 2, 1])
    expect(times({ watch: 'hot', since: 2, limit: 1 })).toEqual([3])
    expect(times({ acted: true })).toEqual([4])
  })

  test('forget what is old and what is too much, and nothing that is still to be done', async () => {
    const store = openWatchStore(open(fresh()))
    await store.save('hot', state, acted('hot', 1, 'open'))
    for (let at = 2; at < 1_300; at++) await store.save('hot', state, said('hot', at))
    expect(await store.prune(100, 50)).toBe(98 + 1_150)
    const left = store.decisions({})
    expect(left).toHaveLength(51)
    expect(left.at(-1)?.action?.key).toBe('open')
  })

  test('are refused once the store is closed', async () => {
    const store = openWatchStore(open(fresh()))
    await store.close()
    await expect(store.save('hot', state)).rejects.toThrow(StoreClosed)
  })
})
