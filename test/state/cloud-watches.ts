import { afterEach, describe, expect, test } from 'vitest'
import type { CloudRecord, CloudWatchStore } from '../../src/core/watches/cloud/record.ts'
import type { KeptDecision } from '../../src/core/watches/state.ts'
import { newRecord } from '../../src/triggers/watch/cloud/turn.ts'

const at = 1_790_000_000_000

export const recordOf = (sequence: number): CloudRecord => {
  const record = newRecord(at)
  return {
    ...record,
    state: { ...record.state, sequence, dwell: { held: 0, at, until: at + 1 }, stands: 'flow' },
    readings: [
      { source: 'heat', topic: '__proto__', at, seen: at, value: { '°C': [71.5, null] } },
      { source: 'heat', topic: 'x', at, reason: 'stale', why: 'old' },
    ],
    looks: [{ at: at + 5, by: 'e1' }],
    due: at + 5,
  }
}

export const decisionOf = (number: number, acts = false): KeptDecision => ({
  watch: 'hot',
  at: at + number,
  code: acts ? 'act' : 'waiting',
  value: number,
  ...(acts && {
    action: { key: `hot-x-${number}`, kind: 'flow', input: { number }, carried: 'decided' },
  }),
})

/** What everybody does who keeps watches of the cloud. `open` opens another client of the same, empty at first. */
export function cloudWatchStoreTests(fresh: () => Promise<() => Promise<CloudWatchStore>>): void {
  const opened: CloudWatchStore[] = []
  afterEach(() => {
    for (const store of opened.splice(0)) store.close()
  })
  const openBoth = async () => {
    const open = await fresh()
    const both = await Promise.all([open(), open()])
    opened.push(...both)
    return both as [CloudWatchStore, CloudWatchStore]
  }

  describe('what a watch remembers', () => {
    test('is nothing at first, and then what was written last', async () => {
      const [store, other] = await openBoth()
      expect(await store.read('hot')).toBeUndefined()
      expect(await store.write('hot', recordOf(1), undefined)).toBe('done')
      const first = await other.read('hot')
      expect(first?.record).toEqual(recordOf(1))
      expect(await other.write('hot', recordOf(2), first?.revision)).toBe('done')
      expect((await store.read('hot'))?.record?.state.sequence).toBe(2)
      expect(await store.read('hotter')).toBeUndefined()
    })

    test('is not written by who has not seen what is there, and nothing with it', async () => {
      const [store, other] = await openBoth()
      await store.write('hot', recordOf(1), undefined, { decision: decisionOf(1, true) })
      const old = await other.read('hot')
      expect(await store.write('hot', recordOf(2), old?.revision)).toBe('done')
      const settled = [{ at: at + 1, key: 'hot-x-1', carried: 'started' as const }]
      for (const revision of [old?.revision, undefined, 'other'])
        expect(await other.write('hot', recordOf(3), revision, { decision: decisionOf(3), settled })).toBe(
          'conflict',
        )
      expect((await other.read('hot'))?.record?.state.sequence).toBe(2)
      expect(await other.decisions('hot')).toEqual([decisionOf(1, true)])
    })

    test('of all who write at once one has written', async () => {
      const [store, other] = await openBoth()
      const write = (from: CloudWatchStore, number: number) =>
        from.write('hot', recordOf(number), undefined, { decision: decisionOf(number, true) })
      const came = await Promise.all([1, 2, 3, 4].map(number => write(number % 2 ? store : other, number)))
      expect(came.toSorted()).toEqual(['conflict', 'conflict', 'conflict', 'done'])
      const number = came.indexOf('done') + 1
      expect((await other.read('hot'))?.record?.state.sequence).toBe(number)
      expect(await store.decisions('hot')).toEqual([decisionOf(number, true)])
    })
  })

  describe('decisions', () => {
    test('are listed newest first, since a time, so many, and those alone that did something', async () => {
      const [store] = await openBoth()
      for (let number = 0; number < 6; number++) {
        const revision = (await store.read('hot'))?.revision
        await store.write('hot', recordOf(number), revision, {
          decision: decisionOf(number, number % 3 === 0),
        })
      }
      await store.write('hot-2', recordOf(1), undefined, { decision: { ...decisionOf(9), watch: 'hot-2' } })
      const numbers = async (filter?: Parameters<CloudWatchStore['decisions']>[1]) =>
        (await store.decisions('hot', filter)).map(({ value }) => value)
      expect(await numbers()).toEqual([5, 4, 3, 2, 1, 0])
      expect(await numbers({ since: at + 2, limit: 3 })).toEqual([5, 4, 3])
      expect(await numbers({ since: at + 4 })).toEqual([5, 4])
      expect(await numbers({ acted: true })).toEqual([3, 0])
      expect(await numbers({ acted: true, limit: 1 })).toEqual([3])
      expect(await store.decisions('cold')).toEqual([])
    })

    test('say what became of their action, the last that was said', async () => {
      const [store, other] = await openBoth()
      await store.write('hot', recordOf(1), undefined, { decision: decisionOf(1, true) })
      const say = async (carried: 'started' | 'failed', problem?: string) => {
        const revision = (await other.read('hot'))?.revision
        const settled = [
          { at: at + 1, key: 'hot-x-1', carried, problem },
          { at, key: 'hot-x-0', carried, problem },
        ]
        await other.write('hot', recordOf(1), revision, { settled })
        return (await store.decisions('hot')).map(({ action }) => action)
      }
      const { action } = decisionOf(1, true)
      expect(await say('failed', 'busy')).toEqual([{ ...action, carried: 'failed', problem: 'busy' }])
      expect(await say('started')).toEqual([{ ...action, carried: 'started' }])
    })
  })
}
