import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  AmbiguousName,
  ExecutionNameTaken,
  LeaseLost,
  StoreClosed,
  UnknownExecution,
  WrongStatus,
} from '../../src/core/execution-errors.ts'
import type { ExecutionEnd, ExecutionStart, ExecutionStore } from '../../src/core/executions.ts'
import { agreesWithModel } from './execution-store-model.ts'
import { entriesOf, idsIn, machineOf, type OpenedStore, startOf } from './executions.ts'

/** Everything that a store of executions promises, whatever keeps it. A backend's test is one call of this. */
export function conformExecutionStore(name: string, open: () => Promise<OpenedStore>): void {
  describe(`the execution store ${name}`, () => {
    let opened: OpenedStore
    let store: ExecutionStore
    beforeEach(async () => {
      opened = await open()
      store = opened.store
    })
    afterEach(() => opened.close())

    const begin = async (start: ExecutionStart, leaseMs = 500) => {
      const started = await store.start(start, 'me', leaseMs)
      if (started.kind !== 'started') throw new Error(`${start.name} is known already`)
      return { id: start.id, fence: started.lease.fence, ...started }
    }
    const write = async (id: string, fence: number, ...ids: number[]) => {
      store.append(id, fence, entriesOf(...ids))
      await store.flush(id, fence)
    }
    const failed: ExecutionEnd = { status: 'FAILED', stoppedAt: 2000, error: 'Boom', cause: 'it broke' }

    describe('starting', () => {
      test('keeps the execution with a lease that runs from its start', async () => {
        const start = startOf('nightly', { parent: 'above' })
        const { record, lease } = await begin(start)
        expect(lease).toMatchObject({ owner: 'me', until: 1500 })
        expect(record).toEqual({ ...start, status: 'RUNNING', redrives: 0, lease })
        expect(store.get(start.id)).toEqual(record)
      })

      test('answers the known execution of the same flow, name and input, in any order of keys', async () => {
        const { id, fence } = await begin(startOf('nightly', { input: { a: 1, b: { c: [1, 2], d: null } } }))
        const again = startOf('nightly', { input: { b: { d: null, c: [1, 2] }, a: 1 }, startedAt: 9000 })
        expect(await store.start(again, 'you', 500)).toEqual({ kind: 'known', record: store.get(id) })
        await store.finish(id, fence, { status: 'SUCCEEDED', stoppedAt: 2000, output: 7 })
        expect(await store.start(again, 'you', 500)).toMatchObject({
          kind: 'known',
          record: { status: 'SUCCEEDED', output: 7, startedAt: 1000 },
        })
      })

      test.each([
        [{ a: 1 }, { a: 2 }],
        [
          [1, 2],
          [2, 1],
        ],
        [{}, []],
        [null, 'null'],
        [{ a: null }, {}],
        [JSON.parse('{"__proto__":1}'), {}],
      ])('refuses the name for another input: %j, then %j', async (first, other) => {
        const { id } = await begin(startOf('nightly', { input: first }))
        const refused = store.start(startOf('nightly', { input: other }), 'you', 500)
        await expect(refused).rejects.toThrow(ExecutionNameTaken)
        await expect(refused).rejects.toMatchObject({ execution: id })
        await expect(refused).rejects.toThrow(/listing has an execution named nightly .* another name/)
        expect(store.get(id)?.input).toEqual(first)
      })

      test('lets other flows use the name', async () => {
        await begin(startOf('nightly', { flow: 'listing' }))
        await begin(startOf('nightly', { flow: 'backup' }))
        expect(store.list({})).toHaveLength(2)
      })

      test('refuses the id of another execution', async () => {
        const { id } = await begin(startOf('nightly'))
        await expect(store.start(startOf('weekly', { id }), 'you', 500)).rejects.toThrow(ExecutionNameTaken)
      })

      test('starts one only, when several ask at once', async () => {
        const all = await Promise.all([1, 2, 3].map(() => store.start(startOf('nightly'), 'me', 500)))
        expect(all.map(({ kind }) => kind)).toEqual(['started', 'known', 'known'])
      })
    })

    describe('the journal', () => {
      test('keeps entries in their order, as they were, with positions that count from 1', async () => {
        const { id, fence } = await begin(startOf('nightly'))
        const entry = {
          event: {
            id: 1,
            previousEventId: 0,
            timestamp: 'now',
            type: 'X',
            details: { text: 'a\0\u2028\ud800' },
          },
          execution: 'child',
          scope: '/Ping[3]',
          note: { attempt: 2 },
        }
        store.append(id, fence, [entry])
        await write(id, fence, 2, 3)
        expect([...store.journal(id)][0]).toEqual({ ...entry, position: 1 })
        expect([...store.journal(id)].map(({ position }) => position)).toEqual([1, 2, 3])
        expect(idsIn(store.journal(id))).toEqual([1, 2, 3])
      })

      test('is read from after a position', async () => {
        const { id, fence } = await begin(startOf('nightly'))
        await write(id, fence, 1, 2, 3)
        expect(idsIn(store.journal(id, 2))).toEqual([3])
        expect(idsIn(store.journal(id, 3))).toEqual([])
        await write(id, fence, 4)
        expect(idsIn(store.journal(id, 3))).toEqual([4])
      })

      test('is read bit by bit, also while it grows and several read', async () => {
        const { id, fence } = await begin(startOf('nightly'))
        await write(id, fence, ...Array.from({ length: 250 }, (_, index) => index + 1))
        const one = store.journal(id)[Symbol.iterator]()
        const other = store.journal(id)[Symbol.iterator]()
        expect(one.next().value?.position).toBe(1)
        expect(other.next().value?.position).toBe(1)
        await write(id, fence, 251)
        const rest = [...{ [Symbol.iterator]: () => one }]
        expect(rest.at(-1)?.event.id).toBe(251)
        expect(rest).toHaveLength(250)
      })

      test('of an unknown execution is empty', () => {
        expect([...store.journal('nothing')]).toEqual([])
      })

      test('keeps those of different executions apart, written in one turn', async () => {
        const all = await Promise.all(['a', 'b', 'c'].map(name => begin(startOf(name))))
        for (const { id, fence } of all) store.append(id, fence, entriesOf(1))
        for (const { id, fence } of all.toReversed()) store.append(id, fence, entriesOf(2))
        await Promise.all(all.map(({ id, fence }) => store.flush(id, fence)))
        for (const { id } of all) expect(idsIn(store.journal(id))).toEqual([1, 2])
      })
    })

    describe('finishing', () => {
      test('keeps what was appended and how it ended, and gives the lease back', async () => {
        const { id, fence } = await begin(startOf('nightly'))
        store.append(id, fence, entriesOf(1))
        await store.finish(id, fence, { ...failed, cause: 'bytes \0 and \ud800' })
        expect(idsIn(store.journal(id))).toEqual([1])
        expect(store.get(id)).toEqual({
          ...startOf('nightly'),
          ...failed,
          cause: 'bytes \0 and \ud800',
          redrives: 0,
          lease: undefined,
        })
      })

      test.each([null, false, 0, '', { deep: [1] }])('keeps the output %j', async output => {
        const { id, fence } = await begin(startOf('nightly'))
        await store.finish(id, fence, { status: 'SUCCEEDED', stoppedAt: 2000, output })
        expect(store.get(id)?.output).toEqual(output)
      })

      test('is the last that its lease allows', async () => {
        const { id, fence } = await begin(startOf('nightly'))
        await store.finish(id, fence, failed)
        await expect(store.finish(id, fence, failed)).rejects.toThrow(LeaseLost)
        await expect(write(id, fence, 99)).rejects.toThrow(LeaseLost)
        expect(store.get(id)?.stoppedAt).toBe(2000)
      })
    })

    describe('leases', () => {
      test('are not taken from a holder whose time runs', async () => {
        const { id } = await begin(startOf('nightly'))
        expect(await store.acquire(id, 'you', 500, 1499)).toBeUndefined()
        expect(store.abandoned(1499)).toEqual([])
      })

      test('are taken once they expired, under a greater fence', async () => {
        const { id, fence } = await begin(startOf('nightly'))
        expect(store.abandoned(1500).map(found => found.id)).toEqual([id])
        const lease = await store.acquire(id, 'you', 500, 1500)
        expect(lease).toMatchObject({ owner: 'you', until: 2000 })
        expect(lease!.fence).toBeGreaterThan(fence)
        expect(store.get(id)?.lease).toEqual(lease)
        expect(store.abandoned(1500)).toEqual([])
      })

      test('go to one only, when several ask at once', async () => {
        const { id } = await begin(startOf('nightly'))
        const all = await Promise.all(['a', 'b', 'c'].map(owner => store.acquire(id, owner, 500, 1500)))
        expect(all.map(lease => lease?.owner)).toEqual(['a', undefined, undefined])
      })

      test('expire without being lost, as long as nobody takes them', async () => {
        const { id, fence } = await begin(startOf('nightly'))
        await write(id, fence, 1)
        expect(await store.renew(id, fence, 500, 9000)).toEqual({ owner: 'me', until: 9500, fence })
        expect(store.abandoned(9499)).toEqual([])
      })

      test('that were lost refuse every write, and writes of the holder go on in the same turn', async () => {
        const { id, fence } = await begin(startOf('nightly'))
        const { fence: later } = (await store.acquire(id, 'you', 500, 1500))!
        const stale = write(id, fence, 1)
        const stale2 = store.finish(id, fence, failed)
        const good = write(id, later, 2)
        await expect(stale).rejects.toThrow(LeaseLost)
        await expect(stale).rejects.toMatchObject({ execution: id, fence })
        await expect(stale2).rejects.toThrow(LeaseLost)
        await good
        await expect(store.renew(id, fence, 500, 1600)).rejects.toThrow(LeaseLost)
        await expect(store.release(id, fence)).rejects.toThrow(LeaseLost)
        expect(() => store.append(id, fence, entriesOf(3))).toThrow(LeaseLost)
        expect(idsIn(store.journal(id))).toEqual([2])
        expect(store.get(id)).toMatchObject({ status: 'RUNNING', lease: { owner: 'you', fence: later } })
      })

      test('that are given back can be taken at once', async () => {
        const { id, fence } = await begin(startOf('nightly'))
        await store.release(id, fence)
        expect(store.get(id)?.lease).toBeUndefined()
        await expect(write(id, fence, 99)).rejects.toThrow(LeaseLost)
        expect(await store.acquire(id, 'you', 500, 1001)).toMatchObject({ owner: 'you', until: 1501 })
      })

      test('of ended and unknown executions are nobody’s', async () => {
        const { id, fence } = await begin(startOf('nightly'))
        await store.finish(id, fence, failed)
        expect(await store.acquire(id, 'you', 500, 9000)).toBeUndefined()
        expect(await store.acquire('nothing', 'you', 500, 9000)).toBeUndefined()
        await expect(write('nothing', 1, 99)).rejects.toThrow(LeaseLost)
        expect(store.abandoned(9000)).toEqual([])
      })

      test('have fences that increase also where an id is used again', async () => {
        const { id, fence } = await begin(startOf('nightly'))
        await store.finish(id, fence, failed)
        await store.prune(3000)
        const again = await begin(startOf('nightly'))
        expect(again.fence).toBeGreaterThan(fence)
        await expect(write(id, fence, 99)).rejects.toThrow(LeaseLost)
      })
    })

    describe('redriving', () => {
      test('makes it run again, with a new lease and as much time as before', async () => {
        const start = startOf('nightly')
        const { id, fence } = await begin(start)
        await write(id, fence, 1)
        await store.request(id, { stop: 'enough' })
        await store.finish(id, fence, { ...failed, output: 'partial' })
        const lease = await store.reopen(id, 'you', 500, 5000)
        expect(lease.fence).toBeGreaterThan(fence)
        expect(store.get(id)).toEqual({ ...start, deadline: 65_000, status: 'RUNNING', redrives: 1, lease })
        expect(store.requests(id)).toEqual([])
        await write(id, lease.fence, 2)
        expect(idsIn(store.journal(id))).toEqual([1, 2])
        await store.finish(id, lease.fence, failed)
        await store.reopen(id, 'you', 500, 8000)
        expect(store.get(id)).toMatchObject({ redrives: 2, deadline: 68_000, startedAt: 1000 })
      })

      test('is for executions that ended badly', async () => {
        const { id, fence } = await begin(startOf('nightly'))
        await expect(store.reopen(id, 'you', 500, 5000)).rejects.toThrow(WrongStatus)
        await store.finish(id, fence, { status: 'SUCCEEDED', stoppedAt: 2000, output: 1 })
        await expect(store.reopen(id, 'you', 500, 5000)).rejects.toThrow(/is SUCCEEDED, and only/)
        await expect(store.reopen('nothing', 'you', 500, 5000)).rejects.toThrow(UnknownExecution)
      })
    })

    describe('looking', () => {
      test('finds by name, or by the beginning of one that can be no other', async () => {
        const { id } = await begin(startOf('nightly-1'))
        await begin(startOf('nightly-1-b'))
        await begin(startOf('weekly%'))
        expect(store.find('nightly-1')?.id).toBe(id)
        expect(store.find('week')).toEqual(store.get(startOf('weekly%').id))
        expect(store.find('weekly_')).toBeUndefined()
        expect(store.find('')).toBeUndefined()
        expect(() => store.find('night')).toThrow(AmbiguousName)
        expect(() => store.find('night')).toThrow(/nightly-1, .*nightly-1-b/)
      })

      test('does not choose between flows that use the name', async () => {
        await begin(startOf('nightly', { flow: 'listing' }))
        await begin(startOf('nightly', { flow: 'backup' }))
        expect(() => store.find('nightly')).toThrow(AmbiguousName)
      })

      test('lists the newest first, by flow, status and time, without their data', async () => {
        const one = await begin(startOf('one', { startedAt: 3000 }))
        await begin(startOf('two', { startedAt: 1000, flow: 'backup' }))
        await begin(startOf('three', { startedAt: 2000 }))
        await begin(startOf('four', { startedAt: 2000 }))
        await store.finish(one.id, one.fence, { status: 'SUCCEEDED', stoppedAt: 3001, output: 'large' })
        const names = (filter: Parameters<typeof store.list>[0]) => store.list(filter).map(({ name }) => name)
        expect(names({})).toEqual(['one', 'four', 'three', 'two'])
        expect(names({ limit: 2 })).toEqual(['one', 'four'])
        expect(names({ limit: 0 })).toEqual([])
        expect(names({ flow: 'backup' })).toEqual(['two'])
        expect(names({ status: 'RUNNING', flow: 'listing' })).toEqual(['four', 'three'])
        expect(names({ since: 2000, status: 'RUNNING' })).toEqual(['four', 'three'])
        expect(names({ since: 2001, flow: 'listing', status: undefined })).toEqual(['one'])
        const { machine, input, output, ...summary } = store.get(one.id)!
        expect(store.list({ limit: 1 })).toEqual([summary])
      })

      test('names the abandoned, the longest running first, and no child by another’s', async () => {
        await begin(startOf('late', { startedAt: 2000, parent: 'above' }))
        await begin(startOf('early', { startedAt: 1000 }))
        expect(store.abandoned(9000).map(({ name }) => name)).toEqual(['early', 'late'])
        expect(store.abandoned(9000)[1]?.parent).toBe('above')
      })
    })

    describe('pruning', () => {
      test('removes what ended before, with its journal, and nothing else', async () => {
        const old = await begin(startOf('old', { machine: machineOf('old') }))
        const young = await begin(startOf('young'))
        await begin(startOf('running', { startedAt: 1 }))
        await write(old.id, old.fence, 1)
        await store.finish(old.id, old.fence, { ...failed, stoppedAt: 1999 })
        await store.finish(young.id, young.fence, failed)
        expect(await store.prune(2000)).toBe(1)
        expect(store.get(old.id)).toBeUndefined()
        expect([...store.journal(old.id)]).toEqual([])
        expect(store.get(young.id)?.machine).toEqual(machineOf())
        expect(store.list({})).toHaveLength(2)
        expect(await store.prune(2000)).toBe(0)
      })

      test('removes what nobody ended although its time was over, and nobody executes', async () => {
        const begun = { startedAt: 1000, deadline: 1500 }
        const lost = await begin(startOf('lost', begun))
        await begin(startOf('given back', begun)).then(({ id, fence }) => store.release(id, fence))
        await begin(startOf('has time', { ...begun, deadline: 2000 }))
        const held = await begin(startOf('held', begun))
        await store.renew(held.id, held.fence, 500, 1500)
        expect(await store.prune(2000)).toBe(2)
        expect(store.list({}).map(({ name }) => name)).toEqual(['held', 'has time'])
        await expect(write(lost.id, lost.fence, 1)).rejects.toThrow(LeaseLost)
      })

      test('removes many', async () => {
        const names = Array.from({ length: 120 }, (_, index) => `old-${index}`)
        const all = await Promise.all(names.map(name => begin(startOf(name))))
        await Promise.all(all.map(({ id, fence }) => store.finish(id, fence, failed)))
        expect(await store.prune(3000)).toBe(120)
        expect(store.list({})).toEqual([])
      })
    })

    describe('requests', () => {
      test('to a running execution are kept in order', async () => {
        const { id } = await begin(startOf('nightly'))
        expect(store.requests(id)).toEqual([])
        await Promise.all([store.request(id, { stop: 'first' }), store.request(id, { stop: 'second' })])
        expect(store.requests(id)).toEqual([{ stop: 'first' }, { stop: 'second' }])
      })

      test('to another are refused', async () => {
        const { id, fence } = await begin(startOf('nightly'))
        await store.finish(id, fence, failed)
        await expect(store.request(id, { stop: 'late' })).rejects.toThrow(WrongStatus)
        await expect(store.request('nothing', { stop: 'x' })).rejects.toThrow(UnknownExecution)
        expect(store.requests('nothing')).toEqual([])
      })
    })

    describe('closing', () => {
      test('refuses what comes later', async () => {
        const { id, fence } = await begin(startOf('nightly'))
        store.append(id, fence, entriesOf(1))
        await store.close()
        await store.close()
        expect(() => store.append(id, fence, [])).toThrow(StoreClosed)
        await expect(store.flush(id, fence)).rejects.toThrow(StoreClosed)
        await expect(store.start(startOf('other'), 'me', 500)).rejects.toThrow(StoreClosed)
        await expect(store.finish(id, fence, failed)).rejects.toThrow(StoreClosed)
        await expect(store.acquire(id, 'me', 500, 9000)).rejects.toThrow(StoreClosed)
        await expect(store.prune(0)).rejects.toThrow(StoreClosed)
        await expect(store.request(id, { stop: '' })).rejects.toThrow(StoreClosed)
      })
    })

    test('agrees with a simple model, whatever is done in whatever order', () => agreesWithModel(open))
  })
}
