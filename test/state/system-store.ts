import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { StoreClosed } from '../../src/core/execution-errors.ts'
import type { Criterion } from '../../src/core/systems/criterion.ts'
import { InvalidSystem } from '../../src/core/systems/spec.ts'
import {
  type Author,
  HostnameTaken,
  RevisionConflict,
  SystemHeld,
  SystemLeaseLost,
  type SystemStore,
  UnknownSystem,
} from '../../src/core/systems/store.ts'
import type { NewSystem, SystemChange } from '../../src/core/systems/system.ts'
import { conformRestore } from './system-store-restore.ts'
import { idOf, type OpenedSystems, systemOf } from './systems.ts'

/**
 * Everything that a store of systems promises, whatever keeps it. A backend's test is one call of this, with fewer
 * `runs` of the property where each takes its time.
 */
export function conformSystemStore(name: string, open: () => Promise<OpenedSystems>, runs = 40): void {
  describe(`the system store ${name}`, () => {
    let opened: OpenedSystems
    let store: SystemStore
    beforeEach(async () => {
      opened = await open()
      store = opened.store
    })
    afterEach(() => opened.close())

    const author = (by: string, at = 1000, fence?: number): Author => ({ by, at, fence })
    const add = (number: number, said: Partial<NewSystem> = {}) =>
      store.add(systemOf(number, said), author('create'))
    const one = idOf(1)
    const hold = async (until: number, owner = 'me', purpose = 'stop', now = 0) => {
      const { lease, taken } = await store.acquire(one, owner, purpose, until - now, now)
      expect(taken).toBe(true)
      return lease.fence
    }

    describe('adding', () => {
      test('keeps the system as revision 1, with its time', async () => {
        const whole = systemOf(1, {
          domain: 'closet.lan',
          type: 'redis',
          args: { port: 6380, nested: { deep: [1, null, 'two'] } },
          volumes: [{ size: 5, keep: true, name: 'data' }],
          network: { kind: 'user', forward: [{ from: 2222, to: 22 }] },
          description: 'a line\nand “another”\u0000\ud800',
          tags: ['web', 'staging'],
          packages: ['redis'],
          userData: '#cloud-config\n',
          provisioned: { at: 5, type: 'redis', version: 'v1' },
        })
        const added = await store.add(whole, author('create', 7))
        expect(added).toEqual({ ...whole, revision: 1, createdAt: 7, updatedAt: 7 })
        expect(await store.get(one)).toEqual(added)
      })

      test('answers the one that is there for the same id, and changes nothing', async () => {
        const added = await add(1)
        expect(await store.add(systemOf(1, { hostname: 'other' }), author('create', 9))).toEqual(added)
        expect(await store.list()).toEqual([added])
        expect(await store.history(one)).toHaveLength(1)
      })

      test('of one system by many at once makes it once', async () => {
        const added = await Promise.all(Array.from({ length: 5 }, () => add(1)))
        expect(new Set(added.map(system => JSON.stringify(system))).size).toBe(1)
        expect(await store.history(one)).toHaveLength(1)
      })

      test('refuses a hostname that another has, whatever the domain', async () => {
        await add(1, { hostname: 'redis', domain: 'closet.lan' })
        const refused = add(2, { hostname: 'redis', domain: 'attic.lan' })
        await expect(refused).rejects.toThrow(HostnameTaken)
        await expect(refused).rejects.toThrow(`redis is the hostname of ${one} already`)
        expect(await store.get(idOf(2))).toBeUndefined()
        expect(await store.history(idOf(2))).toEqual([])
      })

      test.each([
        ['a hostname that no host has', { hostname: 'Not_A_Host' }, 'hostname: '],
        ['a state that there is not', { state: 'happy' as 'running' }, 'state: '],
        ['a field that no system has', { colour: 'red' } as Partial<NewSystem>, 'colour'],
        ['what JSON would lose', { args: { at: new Date(0) as unknown as string } }, '$.args.at is a Date'],
      ])('refuses %s by name', async (_, said, path) => {
        const refused = add(1, said)
        await expect(refused).rejects.toThrow(InvalidSystem)
        await expect(refused).rejects.toThrow(path)
        expect(await store.list()).toEqual([])
      })

      test('keeps its own copy', async () => {
        const given = systemOf(1, { tags: ['web'] })
        const added = await store.add(given, author('create'))
        given.tags.push('changed')
        added.tags.push('changed')
        expect((await store.get(one))?.tags).toEqual(['web'])
      })
    })

    describe('finding', () => {
      test('goes by hostname and by full name', async () => {
        const redis = await add(1, { hostname: 'redis', domain: 'closet.lan' })
        const bare = await add(2, { hostname: 'bare' })
        expect(await store.find('redis')).toEqual(redis)
        expect(await store.find('redis.closet.lan')).toEqual(redis)
        expect(await store.find('bare')).toEqual(bare)
        for (const name of ['redis.attic.lan', 'bare.closet.lan', 'red', '', '.', one])
          expect(await store.find(name)).toBeUndefined()
      })

      test('answers nothing for an id that is not here', async () => {
        expect(await store.get(one)).toBeUndefined()
      })
    })

    describe('listing', () => {
      const names = async (criterion?: Criterion) =>
        (await store.list(criterion)).map(({ hostname }) => hostname)

      test('goes in the order of hostnames, numbers by their size', async () => {
        const sorted = [
          'db',
          'db-1',
          'db2',
          'web-01',
          'web-1',
          'web-2',
          'web-2-a',
          'web-10',
          'web-100',
          'web2',
        ]
        for (const [number, hostname] of [...sorted].reverse().entries()) await add(number, { hostname })
        expect(await names()).toEqual(sorted)
      })

      test.each<[Criterion, string[]]>([
        [{ where: 'all' }, ['alone', 'redis-1', 'redis-2', 'web-1']],
        [{ where: 'address' }, ['redis-1', 'web-1']],
        [{ where: 'state', states: ['running'] }, ['redis-1', 'web-1']],
        [{ where: 'state', states: ['stopped', 'broken'] }, ['alone', 'redis-2']],
        [{ where: 'type', types: ['redis'] }, ['redis-1', 'redis-2']],
        [{ where: 'type', types: ['redis', 'web'] }, ['redis-1', 'redis-2', 'web-1']],
        [
          { where: 'name', names: ['web-1', 'redis-1.closet.lan', 'redis-2.attic.lan'] },
          ['redis-1', 'web-1'],
        ],
        [{ where: 'id', ids: [idOf(1), idOf(4), idOf(9)] }, ['alone', 'redis-1']],
        [{ where: 'tag', tags: ['a'] }, ['redis-1', 'redis-2']],
        [{ where: 'tag', tags: ['a', 'b'] }, ['redis-2']],
        [{ where: 'node', nodes: ['attic'] }, ['redis-2']],
        [{ where: 'node', nodes: ['kvm'] }, ['redis-1', 'redis-2', 'web-1']],
        [{ where: 'node', nodes: ['physical', 'attic'] }, ['alone', 'redis-2']],
        [{ where: 'part', part: 'closet' }, ['redis-1', 'redis-2']],
        [{ where: 'part', part: 'desk' }, ['alone']],
        [{ where: 'not', not: { where: 'state', states: ['running'] } }, ['alone', 'redis-2']],
        [
          {
            where: 'either',
            either: [
              { where: 'id', ids: [idOf(1)] },
              { where: 'type', types: ['web'] },
            ],
          },
          ['redis-1', 'web-1'],
        ],
        [
          {
            where: 'both',
            both: [
              { where: 'state', states: ['running'] },
              { where: 'type', types: ['redis'] },
            ],
          },
          ['redis-1'],
        ],
        [
          {
            where: 'both',
            both: [
              { where: 'state', states: ['running'] },
              { where: 'state', states: ['stopped'] },
            ],
          },
          [],
        ],
        [{ where: 'both', both: [] }, ['alone', 'redis-1', 'redis-2', 'web-1']],
        [
          { where: 'both', both: [{ where: 'not', not: { where: 'id', ids: [idOf(1)] } }] },
          ['alone', 'redis-2', 'web-1'],
        ],
      ])('keeps those that fit %j', async (criterion, fitting) => {
        await add(1, {
          hostname: 'redis-1',
          domain: 'closet.lan',
          type: 'redis',
          state: 'running',
          address: '::1',
          tags: ['a'],
        })
        await add(2, {
          hostname: 'redis-2',
          domain: 'closet.lan',
          type: 'redis',
          node: 'attic',
          tags: ['b', 'a'],
        })
        await add(3, { hostname: 'web-1', type: 'web', state: 'running', address: '10.0.0.1' })
        await store.add(
          {
            ...systemOf(4, { hostname: 'alone', provider: 'physical', description: 'under the desk' }),
            node: undefined,
          },
          author('create'),
        )
        expect(await names(criterion)).toEqual(fitting)
      })
    })

    describe('changing', () => {
      test('makes the next revision, and leaves the rest as it was', async () => {
        const added = await add(1, { address: '10.0.0.1' })
        const changed = await store.change(one, 1, { state: 'running', stage: 'boot' }, author('start', 2000))
        expect(changed).toEqual({ ...added, state: 'running', stage: 'boot', revision: 2, updatedAt: 2000 })
        expect(await store.get(one)).toEqual(changed)
      })

      test('takes a field away that is undefined', async () => {
        await add(1, { address: '10.0.0.1' })
        const changed = await store.change(one, 1, { address: undefined }, author('stop'))
        expect(changed).not.toHaveProperty('address')
        expect(await store.list({ where: 'address' })).toEqual([])
      })

      test('is found by what it was changed to, and no more by what it was', async () => {
        await add(1, { hostname: 'old', type: 'web' })
        await store.change(
          one,
          1,
          { hostname: 'new', type: 'redis', node: 'attic', state: 'running' },
          author('x'),
        )
        expect(await store.find('old')).toBeUndefined()
        expect((await store.find('new'))?.id).toBe(one)
        const fits = async (criterion: Criterion) => (await store.list(criterion)).length
        expect(await fits({ where: 'type', types: ['web'] })).toBe(0)
        expect(await fits({ where: 'type', types: ['redis'] })).toBe(1)
        expect(await fits({ where: 'node', nodes: ['attic'] })).toBe(1)
        expect(await fits({ where: 'state', states: ['running'] })).toBe(1)
      })

      test('from an old revision, or from one that is not yet, is refused', async () => {
        await add(1)
        await store.change(one, 1, { state: 'running' }, author('start'))
        for (const revision of [1, 3]) {
          const refused = store.change(one, revision, { state: 'paused' }, author('pause'))
          await expect(refused).rejects.toThrow(RevisionConflict)
          await expect(refused).rejects.toMatchObject({ retryable: true, detail: { revision: 2 } })
          await expect(store.remove(one, revision, author('destroy'))).rejects.toThrow(RevisionConflict)
        }
        expect(await store.get(one)).toMatchObject({ state: 'running', revision: 2 })
      })

      test('by many at once from one revision succeeds once', async () => {
        await add(1)
        const changes = Array.from({ length: 5 }, (_, index) =>
          store.change(one, 1, { stage: `stage ${index}` }, author('x')),
        )
        const ended = await Promise.allSettled(changes)
        expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
        expect((await store.get(one))?.revision).toBe(2)
      })

      test('in nothing leaves it as it is', async () => {
        const added = await add(1, { args: { a: 1, b: 2 } })
        const same: SystemChange = { state: 'stopped', args: { b: 2, a: 1 }, address: undefined }
        expect(await store.change(one, 1, same, author('sync', 2000))).toEqual(added)
        expect(await store.history(one)).toHaveLength(1)
      })

      test('never touches what a system is known by', async () => {
        const { id, provider, revision, createdAt } = await add(1)
        const all = { id: idOf(2), provider: 'lxd', revision: 9, createdAt: 9, stage: 'x' } as SystemChange
        expect(await store.change(one, 1, all, author('x'))).toMatchObject({
          ...{ id, provider, createdAt },
          revision: revision + 1,
        })
      })

      test('to what no system can be is refused by name', async () => {
        const added = await add(1)
        const refused = store.change(one, 1, { ram: 1 }, author('resize'))
        await expect(refused).rejects.toThrow(InvalidSystem)
        await expect(refused).rejects.toThrow(/^web-1 can't be kept: ram: /)
        expect(await store.get(one)).toEqual(added)
      })

      test('to another system’s hostname is refused', async () => {
        await add(1)
        await add(2)
        const refused = store.change(one, 1, { hostname: 'web-2' }, author('rename'))
        await expect(refused).rejects.toThrow(HostnameTaken)
        expect((await store.get(one))?.hostname).toBe('web-1')
      })

      test('of an unknown system is refused', async () => {
        await expect(store.change(one, 1, {}, author('x'))).rejects.toThrow(UnknownSystem)
        await expect(store.remove(one, 1, author('x'))).rejects.toThrow(UnknownSystem)
      })
    })

    describe('removing', () => {
      test('forgets the system, and its hostname is free', async () => {
        await add(1, { hostname: 'redis' })
        await store.remove(one, 1, author('destroy'))
        expect(await store.get(one)).toBeUndefined()
        expect(await store.find('redis')).toBeUndefined()
        expect(await store.list()).toEqual([])
        expect(await add(2, { hostname: 'redis' })).toMatchObject({ revision: 1 })
      })

      test('lets the id be added again, as revision 1', async () => {
        await add(1)
        await store.change(one, 1, { state: 'running' }, author('start'))
        await store.remove(one, 2, author('destroy'))
        expect(await add(1)).toMatchObject({ revision: 1, state: 'stopped' })
      })
    })

    describe('the history', () => {
      test('holds what was added, what differed, and what was removed, newest last', async () => {
        const said = { hostname: 'redis', tags: ['a'], address: '10.0.0.1' }
        await store.add(systemOf(1, said), author('create', 1))
        await store.change(one, 1, { state: 'running', address: undefined, ram: 512 }, author('start', 2))
        await store.remove(one, 2, author('destroy', 3))
        const { id, ...created } = systemOf(1, said)
        const { address, ...rest } = created
        expect(await store.history(one)).toEqual([
          { system: one, revision: 1, at: 1, by: 'create', kind: 'created', before: {}, after: created },
          {
            ...{ system: one, revision: 2, at: 2, by: 'start', kind: 'changed' },
            before: { state: 'stopped', address: '10.0.0.1' },
            after: { state: 'running', ram: 512 },
          },
          {
            ...{ system: one, revision: 2, at: 3, by: 'destroy', kind: 'removed' },
            before: { ...rest, state: 'running', ram: 512 },
            after: {},
          },
        ])
      })

      test('is each system’s own', async () => {
        await add(1)
        await add(2)
        expect((await store.history(idOf(2))).map(({ system }) => system)).toEqual([idOf(2)])
        expect(await store.history(idOf(3))).toEqual([])
      })

      test('says nothing of what was refused', async () => {
        await add(1)
        await add(2)
        await store.change(one, 5, {}, author('x')).catch(() => {})
        await store.change(one, 1, { hostname: 'web-2' }, author('x')).catch(() => {})
        await store.remove(one, 5, author('x')).catch(() => {})
        expect(await store.history(one)).toHaveLength(1)
      })
    })

    describe('a lease', () => {
      test('is taken by one, and others are told who has it', async () => {
        const mine = await store.acquire(one, 'me', 'stop', 500, 1000)
        expect(mine).toEqual({
          taken: true,
          lease: { owner: 'me', purpose: 'stop', since: 1000, until: 1500, fence: mine.lease.fence },
        })
        expect(await store.acquire(one, 'you', 'start', 500, 1499)).toEqual({ ...mine, taken: false })
        expect(await store.holder(one, 1499)).toEqual(mine.lease)
        expect(await store.holders(1499)).toEqual(new Map([[one, mine.lease]]))
        expect(await store.holders(1500)).toEqual(new Map())
      })

      test('is not shared by what one process does at once', async () => {
        await hold(500)
        expect(await store.acquire(one, 'me', 'start', 500, 1)).toMatchObject({ taken: false })
      })

      test('goes to one of many who want it at once', async () => {
        const owners = ['a', 'b', 'c', 'd']
        const answers = await Promise.all(owners.map(owner => store.acquire(one, owner, 'win', 500, 0)))
        const winners = answers.filter(({ taken }) => taken)
        expect(winners).toHaveLength(1)
        for (const { lease } of answers) expect(lease).toEqual(winners[0]?.lease)
      })

      test('is one system’s', async () => {
        await hold(500)
        expect(await store.acquire(idOf(2), 'you', 'start', 500, 1)).toMatchObject({ taken: true })
      })

      test('expires, and goes to the next one with a greater fence', async () => {
        const first = await hold(500)
        expect(await store.holder(one, 500)).toBeUndefined()
        const second = await store.acquire(one, 'you', 'start', 500, 500)
        expect(second).toMatchObject({ taken: true, lease: { owner: 'you', until: 1000 } })
        expect(second.lease.fence).toBeGreaterThan(first)
      })

      test('is renewed by its holder, also late when nobody came between', async () => {
        const fence = await hold(500)
        expect(await store.renew(one, fence, 500, 400)).toMatchObject({
          since: 0,
          until: 900,
          fence,
          owner: 'me',
        })
        expect(await store.holder(one, 899)).toMatchObject({ purpose: 'stop' })
        expect(await store.renew(one, fence, 500, 2000)).toMatchObject({ until: 2500 })
        expect(await store.acquire(one, 'you', 'x', 500, 2499)).toMatchObject({ taken: false })
      })

      test('that somebody took meanwhile is not renewed', async () => {
        const first = await hold(500)
        const second = await hold(1500, 'you', 'start', 600)
        const refused = store.renew(one, first, 500, 700)
        await expect(refused).rejects.toThrow(SystemLeaseLost)
        await expect(refused).rejects.toThrow('you took it for start')
        expect(await store.holder(one, 700)).toMatchObject({ owner: 'you', until: 1500, fence: second })
      })

      test('that was given back is free, and over for who had it', async () => {
        const first = await hold(500)
        await store.release(one, first)
        expect(await store.holder(one, 1)).toBeUndefined()
        await expect(store.renew(one, first, 500, 1)).rejects.toThrow(SystemLeaseLost)
        expect(await hold(500)).toBeGreaterThan(first)
      })

      test('that was lost is left alone by who gives it back', async () => {
        const first = await hold(500)
        await hold(1500, 'you', 'start', 600)
        await store.release(one, first)
        await store.release(idOf(7), first)
        expect(await store.holder(one, 700)).toMatchObject({ owner: 'you' })
      })

      test('has a fence greater than every one before, over all systems, releases and removals', async () => {
        const fences: number[] = []
        for (let round = 0; round < 6; round++) {
          const { lease } = await store.acquire(idOf(round % 2), 'me', 'x', 10, round * 100)
          fences.push(lease.fence)
          if (round === 2) await store.release(idOf(0), lease.fence)
        }
        expect(fences).toEqual([...new Set(fences)].sort((a, b) => a - b))
      })

      test('is for ids that are not there yet, and outlives a removal', async () => {
        const fence = await hold(5000, 'me', 'create')
        await expect(store.add(systemOf(1), author('sync'))).rejects.toThrow(SystemHeld)
        await store.add(systemOf(1), author('create', 1000, fence))
        await store.remove(one, 1, author('create', 1000, fence))
        expect(await store.holder(one, 1000)).toMatchObject({ purpose: 'create' })
      })
    })

    describe('under a lease', () => {
      const change = (at: number, fence?: number) =>
        store.change(one, 1, { state: 'running' }, author('start', at, fence))
      beforeEach(async () => {
        await add(1)
      })

      test('who holds it changes it', async () => {
        const fence = await hold(5000)
        expect(await change(1000, fence)).toMatchObject({ revision: 2 })
        await store.remove(one, 2, author('destroy', 1000, fence))
      })

      test('nobody else changes or removes it, and is told who holds it', async () => {
        await hold(5000, 'rack:12:ab', 'stop in execution nightly')
        const refused = change(1000)
        await expect(refused).rejects.toThrow(SystemHeld)
        await expect(refused).rejects.toThrow(
          'web-1 is held by rack:12:ab for stop in execution nightly until 1970-01-01T00:00:05.000Z',
        )
        await expect(refused).rejects.toMatchObject({
          retryable: true,
          detail: { holder: { owner: 'rack:12:ab', until: 5000 } },
        })
        await expect(store.remove(one, 1, author('x'))).rejects.toThrow(SystemHeld)
        expect(await store.get(one)).toMatchObject({ revision: 1 })
      })

      test('that is over anybody changes it', async () => {
        await hold(1000)
        expect(await change(1000)).toMatchObject({ revision: 2 })
      })

      test('a fence that is over changes nothing any more', async () => {
        const first = await hold(500)
        const second = await hold(5000, 'you', 'start', 600)
        for (const fence of [first, second + 1]) {
          await expect(change(1000, fence)).rejects.toThrow(SystemLeaseLost)
          await expect(store.remove(one, 1, author('x', 1000, fence))).rejects.toThrow(SystemLeaseLost)
        }
        await store.release(one, second)
        await expect(change(1000, second)).rejects.toThrow(/it was given back/)
        expect(await store.get(one)).toMatchObject({ revision: 1 })
        await expect(store.add(systemOf(2), author('x', 1000, first))).rejects.toThrow(SystemLeaseLost)
      })

      test('a late holder goes on as long as nobody came between', async () => {
        const fence = await hold(500)
        expect(await change(1000, fence)).toMatchObject({ revision: 2 })
      })

      test('the fence of another system’s lease is worth nothing', async () => {
        const { lease } = await store.acquire(idOf(2), 'me', 'x', 5000, 0)
        await expect(change(1000, lease.fence)).rejects.toThrow(SystemLeaseLost)
      })
    })

    conformRestore(() => store, open, runs)

    test('a closed store takes and tells nothing, and closes again', async () => {
      await store.close()
      await store.close()
      const refused = [
        add(1),
        store.get(one),
        store.find('web-1'),
        store.list(),
        store.change(one, 1, {}, author('x')),
        store.remove(one, 1, author('x')),
        store.history(one),
        store.acquire(one, 'me', 'x', 1, 1),
        store.renew(one, 1, 1, 1),
        store.release(one, 1),
        store.holder(one, 1),
        store.holders(1),
        store.dump(1),
      ]
      for (const { status, ...rest } of await Promise.allSettled(refused))
        expect(rest).toMatchObject({ reason: expect.any(StoreClosed) })
    })
  })
}
