import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { StoreClosed } from '../../src/core/execution-errors.ts'
import { type JobEnd, type JobStore, JobTaken, type NewJob, UnknownJob } from '../../src/core/jobs.ts'
import { jobOf, type OpenedJobs, requestOf } from './jobs.ts'

/** Everything that a store of jobs promises, whatever keeps it. A backend's test is one call of this. */
export function conformJobStore(name: string, open: () => Promise<OpenedJobs>): void {
  describe(`the job store ${name}`, () => {
    let opened: OpenedJobs
    let store: JobStore
    beforeEach(async () => {
      opened = await open()
      store = opened.store
    })
    afterEach(() => opened.close())

    const succeeded: JobEnd = { state: 'succeeded', endedAt: 3000, output: { fine: true } }
    const failed: JobEnd = { state: 'failed', endedAt: 3000, error: 'Boom', cause: 'it broke' }
    const withToken = (token: string): Partial<NewJob> => ({ request: requestOf({ token }) })
    const ids = (jobs: readonly { readonly id: string }[]) => jobs.map(({ id }) => id)
    const waitingNow = (now = 1e15) => store.due(now, 100).map(({ job }) => job)

    describe('accepting', () => {
      test('keeps the job as it was submitted', async () => {
        const job = jobOf('a', {
          request: requestOf({ input: null, deadline: 5, token: 't', spill: 'items' }),
        })
        const record = { ...job, state: 'queued', attempts: 0 }
        expect(await store.accept(job)).toEqual({ kind: 'accepted', record })
        expect(store.get('a')).toEqual(record)
        expect(store.get('b')).toBeUndefined()
      })

      test('answers the known job of the same request, in any order of keys, whoever asks', async () => {
        await store.accept(jobOf('a', { request: requestOf({ args: { x: 1, y: [{ b: 1, c: null }] } }) }))
        const again = jobOf('a', {
          submitter: 'other',
          acceptedAt: 2000,
          request: requestOf({ args: { y: [{ c: null, b: 1 }], x: 1 } }),
        })
        expect(await store.accept(again)).toEqual({ kind: 'known', record: store.get('a') })
        expect(store.get('a')).toMatchObject({ submitter: 'laptop', acceptedAt: 1000 })
        await store.end('a', succeeded)
        expect(await store.accept(again)).toMatchObject({
          kind: 'known',
          record: { state: 'succeeded', output: { fine: true } },
        })
      })

      test.each([
        [{ data: 1 }, { data: 2 }],
        [{ step: 'one' }, { step: 'other' }],
        [{ token: 'one' }, { token: 'other' }],
        [{ data: JSON.parse('{"__proto__":1}') }, { data: {} }],
      ])('refuses the id for another request: %j, then %j', async (first, other) => {
        await store.accept(jobOf('a', { request: requestOf(first) }))
        const refused = store.accept(jobOf('a', { request: requestOf(other) }))
        await expect(refused).rejects.toThrow(JobTaken)
        await expect(refused).rejects.toThrow(/"a" with another request/)
        expect(store.get('a')?.request).toEqual(requestOf(first))
      })

      test('takes a task for the same whatever its starter says of hosts this time', async () => {
        await store.accept(jobOf('a', { request: requestOf({ overrides: { timeout: 5 } }) }))
        expect(await store.accept(jobOf('a'))).toMatchObject({ kind: 'known' })
        expect(store.get('a')?.request.overrides).toEqual({ timeout: 5 })
      })

      test('accepts one only, when several ask at once', async () => {
        const all = await Promise.all([1, 2, 3].map(() => store.accept(jobOf('a'))))
        expect(all.map(({ kind }) => kind)).toEqual(['accepted', 'known', 'known'])
        expect(store.counts().queued).toBe(1)
      })

      test('keeps texts as they are', async () => {
        const data = { text: 'a\0\u2028\ud800', wide: 'ä€😀' }
        await store.accept(jobOf('schön/1', { request: requestOf({ data, step: 'größer' }) }))
        expect(store.get('schön/1')?.request).toEqual(requestOf({ data, step: 'größer' }))
      })
    })

    describe('what is no JSON', () => {
      const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)

      test('is refused without harm to what is written in the same turn', async () => {
        const refused = store.accept(jobOf('deep', { request: requestOf({ data: deep }) }))
        const accepted = store.accept(jobOf('a'))
        await expect(refused).rejects.toThrow(RangeError)
        await accepted
        const refusedEnd = store.end('a', { ...succeeded, output: deep })
        const other = store.accept(jobOf('b'))
        await expect(refusedEnd).rejects.toThrow(RangeError)
        await other
        expect(store.counts().queued).toBe(2)
      })
    })

    describe('beginning', () => {
      test('takes a queued job and counts its attempts', async () => {
        await store.accept(jobOf('a'))
        const record = await store.begin('a', 2000)
        expect(record).toMatchObject({ state: 'running', startedAt: 2000, attempts: 1 })
        expect(store.get('a')).toEqual(record)
      })

      test('answers nothing for a job that is not queued any more, or never was', async () => {
        await store.accept(jobOf('a'))
        const both = await Promise.all([store.begin('a', 2000), store.begin('a', 2001)])
        expect(both.map(record => record?.startedAt)).toEqual([2000, undefined])
        await store.end('a', failed)
        expect(await store.begin('a', 2002)).toBeUndefined()
        expect(await store.begin('b', 2002)).toBeUndefined()
      })

      test('happens again after a job was put back', async () => {
        await store.accept(jobOf('a'))
        await store.begin('a', 2000)
        await store.requeue('a')
        expect(store.get('a')).toMatchObject({ state: 'queued', attempts: 1 })
        expect(store.get('a')?.startedAt).toBeUndefined()
        expect(await store.begin('a', 2500)).toMatchObject({ startedAt: 2500, attempts: 2 })
        await store.end('a', succeeded)
        await store.requeue('a')
        expect(store.get('a')?.state).toBe('succeeded')
      })
    })

    describe('ending', () => {
      test.each([
        succeeded,
        failed,
        { state: 'cancelled', endedAt: 3000, output: null },
        { state: 'cancelled', endedAt: 3000, error: 'Cancelled', cause: '' },
        { state: 'unknown', endedAt: 3000, error: 'Unknown', cause: 'bytes \0 and \ud800' },
      ] satisfies JobEnd[])('keeps how it ended: %j', async end => {
        const job = jobOf('a')
        await store.accept(job)
        await store.begin('a', 2000)
        const record = await store.end('a', end)
        expect(record).toEqual({ ...job, startedAt: 2000, attempts: 1, ...end })
        expect(store.get('a')).toEqual(record)
      })

      test.each([null, false, 0, '', [], { deep: [1] }])('keeps the output %j', async output => {
        await store.accept(jobOf('a'))
        await store.end('a', { state: 'succeeded', endedAt: 3000, output })
        expect(store.get('a')?.output).toEqual(output)
      })

      test('happens once: later ends answer the first', async () => {
        await store.accept(jobOf('a', withToken('t')))
        const both = await Promise.all([store.end('a', failed), store.end('a', succeeded)])
        expect(both[1]).toEqual(both[0])
        expect(store.get('a')).toMatchObject({ state: 'failed', error: 'Boom' })
        expect(store.get('a')?.output).toBeUndefined()
        expect(store.waiting()).toBe(1)
      })

      test('of an unknown job is refused', async () => {
        await expect(store.end('a', failed)).rejects.toThrow(UnknownJob)
      })
    })

    describe('looking', () => {
      test('lists newest first, by state, time and number, without the data', async () => {
        for (const [id, acceptedAt] of Object.entries({ a: 1000, b: 2000, c: 3000, d: 3000 }))
          await store.accept(jobOf(id, { acceptedAt }))
        await store.begin('b', 2500)
        await store.end('c', failed)
        expect(ids(store.list({}))).toEqual(['d', 'c', 'b', 'a'])
        expect(ids(store.list({ limit: 2 }))).toEqual(['d', 'c'])
        expect(ids(store.list({ since: 2000 }))).toEqual(['d', 'c', 'b'])
        expect(ids(store.list({ state: 'queued' }))).toEqual(['d', 'a'])
        expect(ids(store.list({ state: 'queued', since: 2000, limit: 9 }))).toEqual(['d'])
        const { request, ...rest } = store.get('c')!
        expect(store.list({ state: 'failed' })).toEqual([
          { ...rest, operation: 'exec', flow: 'listing', step: 'uptime' },
        ])
      })

      test('finds what has not ended in the order in which it was accepted', async () => {
        for (const id of ['c', 'a', 'd', 'b']) await store.accept(jobOf(id))
        await store.begin('d', 2000)
        await store.end('a', succeeded)
        expect(store.unfinished().map(({ id, state }) => [id, state])).toEqual([
          ['c', 'queued'],
          ['d', 'running'],
          ['b', 'queued'],
        ])
      })

      test('counts every state', async () => {
        const none = { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0, unknown: 0 }
        expect(store.counts()).toEqual(none)
        for (const id of ['a', 'b', 'c']) await store.accept(jobOf(id))
        await store.begin('b', 2000)
        await store.end('c', failed)
        expect(store.counts()).toEqual({ ...none, queued: 1, running: 1, failed: 1 })
      })
    })

    describe('the outbox', () => {
      const endWithToken = async (id: string, end: JobEnd) => {
        await store.accept(jobOf(id, withToken(`token of ${id}`)))
        await store.end(id, end)
      }

      test('holds the answer of a job with a token, and of no other', async () => {
        await store.accept(jobOf('plain'))
        await store.end('plain', succeeded)
        expect([store.waiting(), store.nextDue()]).toEqual([0, undefined])
        await endWithToken('a', succeeded)
        await endWithToken('b', failed)
        expect(store.waiting()).toBe(2)
        expect(store.due(3000, 10)).toEqual([
          { job: 'a', token: 'token of a', end: succeeded, attempts: 0, dueAt: 3000 },
          { job: 'b', token: 'token of b', end: failed, attempts: 0, dueAt: 3000 },
        ])
        expect(store.due(2999, 10)).toEqual([])
        expect(store.nextDue()).toBe(3000)
      })

      test('tells the longest waiting first, and so many', async () => {
        for (const [id, endedAt] of Object.entries({ a: 9000, b: 7000, c: 8000, d: 7000 }))
          await endWithToken(id, { ...failed, endedAt })
        expect(waitingNow()).toEqual(['b', 'd', 'c', 'a'])
        expect(waitingNow(8000)).toEqual(['b', 'd', 'c'])
        expect(store.due(1e15, 2)).toHaveLength(2)
      })

      test('keeps until later what could not be sent', async () => {
        await endWithToken('a', failed)
        await endWithToken('b', { ...failed, endedAt: 4000 })
        await store.postpone('a', 10_000)
        await store.postpone('a', 20_000)
        expect(store.nextDue()).toBe(4000)
        expect(waitingNow(9999)).toEqual(['b'])
        expect(store.due(20_000, 10)).toMatchObject([{ job: 'b' }, { job: 'a', attempts: 2, dueAt: 20_000 }])
      })

      test('forgets what was sent, and keeps why something never was', async () => {
        await endWithToken('a', failed)
        await endWithToken('b', failed)
        await store.sent('a')
        await store.sent('b', 'TaskTimedOut: too late')
        await store.sent('b', 'once more')
        await store.sent('nobody', 'what')
        expect([store.waiting(), store.nextDue()]).toEqual([0, undefined])
        expect(store.get('a')?.undelivered).toBeUndefined()
        expect(store.get('b')?.undelivered).toBe('TaskTimedOut: too late')
        expect(store.list({ limit: 1 })[0]?.undelivered).toBe('TaskTimedOut: too late')
        await store.postpone('a', 1)
        expect(store.waiting()).toBe(0)
      })
    })

    describe('pruning', () => {
      test('forgets what ended before a time and waits in no outbox', async () => {
        for (const id of ['old', 'new', 'queued', 'running', 'waiting'])
          await store.accept(jobOf(id, id === 'waiting' ? withToken('t') : {}))
        await store.begin('running', 2000)
        await store.end('old', failed)
        await store.end('waiting', failed)
        await store.end('new', { ...failed, endedAt: 9000 })
        expect(await store.prune(9000)).toBe(1)
        expect(ids(store.list({}))).toEqual(['waiting', 'running', 'queued', 'new'])
        await store.sent('waiting')
        expect(await store.prune(9000)).toBe(1)
        expect(await store.prune(9000)).toBe(0)
        expect(await store.accept(jobOf('old', { request: requestOf({ data: 'other' }) }))).toMatchObject({
          kind: 'accepted',
        })
      })

      test('goes through many', async () => {
        const all = Array.from({ length: 450 }, (_, index) => `job-${index}`)
        await Promise.all(all.map(id => store.accept(jobOf(id))))
        await Promise.all(all.map(id => store.end(id, failed)))
        expect(await store.prune(9000)).toBe(450)
        expect(store.list({})).toEqual([])
      })
    })

    test('closed, it takes nothing more', async () => {
      await store.accept(jobOf('a'))
      await store.close()
      await store.close()
      const refused = [
        store.accept(jobOf('b')),
        store.begin('a', 1),
        store.requeue('a'),
        store.end('a', failed),
        store.sent('a'),
        store.postpone('a', 1),
        store.prune(1),
      ]
      for (const one of refused) await expect(one).rejects.toThrow(StoreClosed)
    })
  })
}
