import { describe, expect, test } from 'vitest'
import { StoreClosed } from '../../../src/core/execution-errors.ts'
import type { KeptFiring, KeptStart } from '../../../src/core/schedule/kept.ts'
import { openScheduleStore } from '../../../src/state/sqlite/index.ts'
import { migrations } from '../../../src/state/sqlite/migrations/index.ts'
import { useFolder } from './folder.ts'

const { fresh, open } = useFolder()

const state = { name: 'nightly', declared: 'cron(0 22 * * ? *) UTC', after: 5 }
const start: KeptStart = { key: 'nightly-1', flow: 'listing', input: { path: '/' }, carried: 'decided' }
const fired = (due: number, key: string): KeptFiring => ({
  schedule: 'nightly',
  due,
  at: due + 1,
  code: 'fire',
  count: 1,
  start: { ...start, key },
})
const missed: KeptFiring = { schedule: 'nightly', due: 4, at: 9, code: 'missed', count: 3 }

describe('schedules in SQLite', () => {
  test('go on where they were when the file is opened anew', async () => {
    const file = fresh()
    const store = openScheduleStore(open(file))
    await store.save(state)
    await store.save({ ...state, after: 7 }, [missed, fired(7, 'a')])
    const again = openScheduleStore(open(file))
    expect(again.states()).toEqual([{ ...state, after: 7 }])
    expect(again.unsettled()).toEqual([fired(7, 'a')])
    expect(again.firings({})).toEqual([fired(7, 'a'), missed])
    expect(again.firings({ started: true })).toEqual([fired(7, 'a')])
    expect(again.firings({ schedule: 'hourly' })).toEqual([])
    expect(again.firings({ limit: 1 })).toHaveLength(1)
  })

  test('say what became of a start', async () => {
    const store = openScheduleStore(open(fresh()))
    await store.save(state, [fired(7, 'a'), fired(8, 'b')])
    await store.settle('a', { carried: 'started' })
    await store.settle('b', { carried: 'failed', problem: 'no disk' })
    expect(store.unsettled()).toEqual([])
    expect(store.firings({}).map(firing => firing.start)).toEqual([
      { ...start, key: 'b', carried: 'failed', problem: 'no disk' },
      { ...start, key: 'a', carried: 'started' },
    ])
  })

  test('do not decide a start twice', async () => {
    const store = openScheduleStore(open(fresh()))
    await store.save(state, [fired(7, 'a')])
    await store.settle('a', { carried: 'started' })
    await store.save(state, [fired(7, 'a')])
    expect(store.unsettled()).toEqual([])
    expect(store.firings({})).toHaveLength(1)
  })

  test('forget from when on they count, and keep what they did', async () => {
    const store = openScheduleStore(open(fresh()))
    await store.save(state, [fired(7, 'a')])
    await store.forget('nightly')
    expect(store.states()).toEqual([])
    expect(store.firings({})).toHaveLength(1)
  })

  test('lose what is old, but not what is still to be done', async () => {
    const store = openScheduleStore(open(fresh()))
    const many = Array.from({ length: 1_200 }, (_one, index) => ({ ...missed, at: index }))
    await store.save(state, [...many, fired(3, 'a')])
    expect(await store.prune(1_100)).toBe(1_100)
    expect(store.unsettled()).toHaveLength(1)
    expect(store.firings({})).toHaveLength(101)
  })

  test('take nothing more once the store is closed, and what was asked before is written', async () => {
    const file = fresh()
    const store = openScheduleStore(open(file))
    const saved = store.save(state)
    await store.close()
    await saved
    await expect(store.save(state)).rejects.toThrow(StoreClosed)
    expect(openScheduleStore(open(file)).states()).toEqual([state])
  })

  test('come to a database that was made before there were any', () => {
    const file = fresh()
    open(file, { migrations: migrations.slice(0, 5) }).close()
    expect(openScheduleStore(open(file)).states()).toEqual([])
  })
})
