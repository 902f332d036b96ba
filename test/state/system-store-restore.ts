import { describe, expect, test } from 'vitest'
import { DumpForeign, DumpNewer, InvalidDump } from '../../src/core/systems/dump.ts'
import {
  HostnameTaken,
  SystemHeld,
  type SystemStore,
  type SystemsDump,
} from '../../src/core/systems/store.ts'
import { type SystemChange, systemStates } from '../../src/core/systems/system.ts'
import fc from '../support/fast-check.ts'
import { idOf, type OpenedSystems, systemOf } from './systems.ts'

const importer = { by: 'reops state import', at: 9000 }
const one = idOf(1)

/** What a store of systems promises of exports. */
export function conformRestore(
  store: () => SystemStore,
  open: () => Promise<OpenedSystems>,
  runs: number,
): void {
  /** What a store that somebody else filled exports. */
  const dumpOf = async (fill: (store: SystemStore) => Promise<unknown>): Promise<SystemsDump> => {
    const { store, close } = await open()
    await fill(store)
    const dump = await store.dump(5000)
    await close()
    // It was in a file meanwhile.
    return JSON.parse(JSON.stringify(dump)) as SystemsDump
  }
  const restore = (dump: unknown, replace = false) =>
    store().restore(dump as SystemsDump, { replace }, importer)

  describe('an export', () => {
    test('says what it is, and holds systems by hostname and histories by id', async () => {
      await store().add(systemOf(1, { hostname: 'web' }), { by: 'create', at: 1 })
      await store().add(systemOf(2, { hostname: 'db' }), { by: 'create', at: 2 })
      await store().change(one, 1, { state: 'running' }, { by: 'start', at: 3 })
      const { systems, history, ...head } = await store().dump(5000)
      expect(head).toEqual({ format: 'reops-systems', version: 1, exportedAt: 5000 })
      expect(systems).toEqual(await store().list())
      expect(history).toEqual([...(await store().history(one)), ...(await store().history(idOf(2)))])
    })

    test('taken in elsewhere is exported the same, whatever was done before', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), async steps => {
          const dump = await dumpOf(async store => {
            for (const [index, step] of steps.entries()) await take(store, step, index)
          })
          const again = await dumpOf(async store => {
            const count = dump.systems.length
            expect(await store.restore(dump, { replace: false }, importer)).toEqual({
              ...{ added: count, replaced: 0, kept: 0 },
            })
            const kept = { added: 0, replaced: 0, kept: count }
            for (const replace of [false, true])
              expect(await store.restore(dump, { replace }, importer)).toEqual(kept)
          })
          expect(again).toEqual(dump)
        }),
        { numRuns: runs },
      )
    })

    test('without replacing leaves those that are here as they are', async () => {
      const here = await store().add(systemOf(1, { description: 'mine' }), { by: 'create', at: 1 })
      const dump = await dumpOf(async other => {
        await other.add(systemOf(1, { description: 'theirs' }), { by: 'create', at: 2 })
        await other.add(systemOf(2), { by: 'create', at: 3 })
      })
      expect(await restore(dump)).toEqual({ added: 1, replaced: 0, kept: 1 })
      expect(await store().get(one)).toEqual(here)
      expect(await store().history(one)).toHaveLength(1)
      expect(await store().get(idOf(2))).toEqual(dump.systems[1])
    })

    test('with replacing makes a revision that nobody has seen, and both histories are kept', async () => {
      await store().add(systemOf(1, { description: 'mine' }), { by: 'create', at: 1 })
      for (const revision of [1, 2, 3])
        await store().change(one, revision, { stage: `${revision}` }, { by: 'x', at: 2 * revision })
      const dump = await dumpOf(async other => {
        await other.add(systemOf(1, { description: 'theirs' }), { by: 'create', at: 3 })
        await other.change(one, 1, { state: 'running' }, { by: 'y', at: 5 })
      })
      expect(await restore(dump, true)).toEqual({ added: 0, replaced: 1, kept: 0 })
      expect(await store().get(one)).toEqual({ ...dump.systems[0], revision: 5, updatedAt: 9000 })
      const history = await store().history(one)
      expect(history.map(({ at }) => at)).toEqual([1, 2, 3, 4, 5, 6, 9000])
      expect(history.at(-1)).toEqual({
        ...{ system: one, revision: 5, at: 9000, by: 'reops state import', kind: 'changed' },
        before: { description: 'mine', state: 'stopped', stage: '3' },
        after: { description: 'theirs', state: 'running' },
      })
    })

    test('from before goes back to what was, and tells of nothing twice', async () => {
      await store().add(systemOf(1), { by: 'create', at: 1 })
      const dump = await store().dump(2)
      await store().change(one, 1, { state: 'broken' }, { by: 'start', at: 3 })
      expect(await restore(dump, true)).toEqual({ added: 0, replaced: 1, kept: 0 })
      expect(await store().get(one)).toMatchObject({ state: 'stopped', revision: 3 })
      expect((await store().history(one)).map(({ by }) => by)).toEqual([
        'create',
        'start',
        'reops state import',
      ])
    })

    test('brings back one that was removed here, and keeps that it was', async () => {
      await store().add(systemOf(1), { by: 'create', at: 1 })
      const dump = await store().dump(2)
      await store().remove(one, 1, { by: 'destroy', at: 3 })
      expect(await restore(dump)).toEqual({ added: 1, replaced: 0, kept: 0 })
      expect((await store().history(one)).map(({ kind }) => kind)).toEqual(['created', 'removed'])
    })

    test('without histories says in them where its systems come from', async () => {
      const dump = await dumpOf(other => other.add(systemOf(1), { by: 'create', at: 3 }))
      await restore({ ...dump, history: [] })
      expect(await store().history(one)).toMatchObject([
        { kind: 'created', by: 'reops state import', at: 9000 },
      ])
    })

    test('may let two systems change hostnames with each other', async () => {
      const name = (store: SystemStore, number: number, hostname: string) =>
        store.add(systemOf(number, { hostname }), { by: 'create', at: 1 })
      const dump = await dumpOf(async other => {
        await name(other, 1, 'left')
        await name(other, 2, 'right')
      })
      await name(store(), 1, 'right')
      await name(store(), 2, 'left')
      expect(await restore(dump, true)).toEqual({ added: 0, replaced: 2, kept: 0 })
      expect((await store().find('left'))?.id).toBe(one)
      expect((await store().find('right'))?.id).toBe(idOf(2))
    })

    test('with a hostname that another system has here is refused, all of it', async () => {
      await store().add(systemOf(1, { hostname: 'redis' }), { by: 'create', at: 1 })
      const before = await store().dump(5000)
      const dump = await dumpOf(async other => {
        await other.add(systemOf(2, { hostname: 'first' }), { by: 'create', at: 1 })
        await other.add(systemOf(3, { hostname: 'redis' }), { by: 'create', at: 1 })
      })
      await expect(restore(dump, true)).rejects.toThrow(HostnameTaken)
      expect(await store().dump(5000)).toEqual(before)
    })

    test('with a system that somebody holds here is refused, all of it', async () => {
      await store().add(systemOf(2), { by: 'create', at: 1 })
      await store().acquire(idOf(2), 'me', 'stop', 10_000, 0)
      const before = await store().dump(5000)
      const dump = await dumpOf(async other => {
        await other.add(systemOf(1), { by: 'create', at: 1 })
        await other.add(systemOf(2, { description: 'theirs' }), { by: 'create', at: 1 })
      })
      const refused = restore(dump, true)
      await expect(refused).rejects.toThrow(SystemHeld)
      await expect(refused).rejects.toThrow(/^web-2 is held by me for stop/)
      expect(await store().dump(5000)).toEqual(before)
      expect(await restore(dump)).toEqual({ added: 1, replaced: 0, kept: 1 })
    })

    test('without something that a system has is refused with the path, all of it', async () => {
      const dump = await dumpOf(async other => {
        await other.add(systemOf(1), { by: 'create', at: 1 })
        await other.add(systemOf(2), { by: 'create', at: 1 })
      })
      const damaged = {
        ...dump,
        systems: [dump.systems[0], { ...dump.systems[1], state: 'odd', revision: 0 }],
      }
      await expect(restore(damaged)).rejects.toThrow(InvalidDump)
      await expect(restore(damaged)).rejects.toThrow(/systems\.1\.state: .*; systems\.1\.revision: /)
      await expect(restore({ ...dump, version: 2 })).rejects.toThrow(DumpNewer)
      await expect(restore({ ...dump, format: 'other' })).rejects.toThrow(DumpForeign)
      expect(await store().dump(0)).toMatchObject({ systems: [], history: [] })
    })
  })
}

/** Something that is done to a store. */
type Step =
  | { readonly do: 'add'; readonly number: number }
  | { readonly do: 'remove'; readonly number: number }
  | { readonly do: 'change'; readonly number: number; readonly change: SystemChange }

const number = fc.integer({ min: 1, max: 4 })
const change: fc.Arbitrary<SystemChange> = fc.record(
  {
    description: fc.string({ unit: 'binary', maxLength: 20 }),
    state: fc.constantFrom(...systemStates),
    args: fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<string>),
    address: fc.option(fc.ipV4(), { nil: undefined }),
    tags: fc.array(fc.constantFrom('a', 'b', 'c')),
    hostname: fc.constantFrom('web-1', 'other', 'web-10'),
  },
  { requiredKeys: [] },
)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('add'), number }),
  fc.record({ do: fc.constant('add'), number }),
  fc.record({ do: fc.constant('remove'), number }),
  fc.record({ do: fc.constant('change'), number, change }),
)

async function take(store: SystemStore, step: Step, at: number): Promise<void> {
  const author = { by: step.do, at }
  const revision = (await store.get(idOf(step.number)))?.revision ?? 1
  try {
    if (step.do === 'add') await store.add(systemOf(step.number), author)
    else if (step.do === 'remove') await store.remove(idOf(step.number), revision, author)
    else await store.change(idOf(step.number), revision, step.change, author)
  } catch (thrown) {
    // What is refused changes nothing, which the exports show.
    if (!/^(HostnameTaken|UnknownSystem)$/.test((thrown as Error).name)) throw thrown
  }
}
