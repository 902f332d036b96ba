import { stat, utimes } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import type { JournalEntry } from '../../../src/core/executions.ts'
import { openJobStore } from '../../../src/state/sqlite/index.ts'
import { sweepState } from '../../../src/state/sweep/sweep.ts'
import { entriesOf } from '../executions.ts'
import { jobOf, requestOf } from '../jobs.ts'
import { idOf, systemOf } from '../systems.ts'
import { day, openState } from './state-folder.ts'

type State = Awaited<ReturnType<typeof openState>>

const olderThan = 90 * day
const sweep = (state: State, said: Partial<Parameters<typeof sweepState>[1]> = {}) =>
  sweepState(state, { now: state.now, olderThan, ...said })
const output = (number: number) => `reops-${String(number).padStart(12, 'a')}.stdout`
const uuid = '01234567-89ab-cdef-0123-456789abcdef'

describe('data that was kept', () => {
  test('goes once it is older than executions are kept, after a day aside', async () => {
    const state = await openState()
    const old = await state.keep('"old"', 92)
    const young = await state.keep('"young"', 90.5)
    expect(await sweep(state)).toMatchObject({ spilled: { files: 1, bytes: 5 } })
    expect(await state.names('spilled')).toEqual([young, 'aside'].sort())
    expect(await state.names('spilled/aside')).toEqual([old])
    expect(await sweep(state)).toMatchObject({ spilled: { files: 0 } })
    expect(await state.names('spilled/aside')).toEqual([old])
    // The other one has come of age a day later.
    const later = { now: state.now + 1.1 * day }
    expect(await sweep(state, later)).toMatchObject({ spilled: { files: 1, bytes: 7 } })
    expect(await state.names('spilled')).toEqual(['aside'])
    expect(await state.names('spilled/aside')).toEqual([young])
  })

  test('that lies aside comes back when its age is not enough any more', async () => {
    const state = await openState()
    const key = await state.keep('"old"', 92)
    await sweep(state)
    await sweep(state, { olderThan: 95 * day, now: state.now + 1.1 * day })
    expect(await state.names('spilled')).toEqual([key, 'aside'].sort())
  })

  test('is young again when it is read, asked for or kept again', async () => {
    const state = await openState()
    const read = await state.keep('"read"', 200)
    const asked = await state.keep('"asked"', 200)
    const kept = await state.keep('"kept"', 200)
    expect(await state.spilled.get(read)).toBe('"read"')
    expect(await state.spilled.has(asked)).toBe(true)
    await state.spilled.put('"kept"')
    await sweep(state)
    expect(await state.names('spilled')).toEqual([asked, kept, read].sort())
  })

  test('is given and comes back when it is needed while it lies aside', async () => {
    const state = await openState()
    const read = await state.keep('"read"', 200)
    const asked = await state.keep('"asked"', 200)
    const gone = await state.keep('"gone"', 200)
    await sweep(state)
    expect(await state.names('spilled')).toEqual(['aside'])
    expect(await state.spilled.get(read)).toBe('"read"')
    expect(await state.spilled.has(asked)).toBe(true)
    await sweep(state, { now: state.now + 1.1 * day })
    expect(await state.names('spilled')).toEqual(['aside', asked, read].sort())
    expect(await state.spilled.has(gone)).toBe(false)
    await expect(state.spilled.get(gone)).rejects.toThrow(
      `data that an earlier step kept aside is gone: ${gone}`,
    )
  })

  test('stays as long as an execution that is kept names it, by whatever way', async () => {
    const state = await openState()
    const inner = await state.keep('"inner"', 100)
    const outer = await state.keep(`{"$spilled":"${inner}","bytes":7}`, 99)
    const given = await state.keep('"given"', 300)
    const made = await state.keep('"made"', 100)
    const forgotten = await state.keep('"forgotten"', 100)
    const spilled = (key: string) => ({ $spilled: key, bytes: 7 })
    // One that runs for long, one that was given what its starter had for long, and one that ended long ago.
    const { id, fence } = await state.begin('long', 120, { input: {} })
    const [entry] = entriesOf(1) as [JournalEntry]
    state.executions.append(id, fence, [{ ...entry, note: spilled(outer) }])
    await state.executions.flush(id, fence)
    await state.begin('child', 10, { input: spilled(given), ended: 9 })
    await state.begin('late', 120, { ended: 80, output: spilled(made) })
    await state.begin('over', 120, { ended: 91, output: spilled(forgotten) })
    expect(await sweep(state)).toMatchObject({ executions: 1, unsure: false })
    expect(await state.names('spilled')).toEqual([inner, outer, given, made, 'aside'].sort())
    expect(await state.names('spilled/aside')).toEqual([forgotten])
  })

  test('stays as long as a job of the bridge names it', async () => {
    const state = await openState()
    const key = await state.keep('"given"', 300)
    await openJobStore(state.database).accept(
      jobOf('one', { request: requestOf({ data: { $spilled: key, bytes: 7 } }) }),
    )
    await sweep(state)
    expect(await state.names('spilled')).toEqual([key])
  })

  test('of which a sweep may look at less than there is goes bit by bit', async () => {
    const state = await openState()
    for (let number = 0; number < 20; number++) await state.keep(String(number), 200)
    const look = () => sweep(state, { atMost: 15 })
    await look()
    expect((await state.names('spilled/aside')).length).toBe(15)
  })
})

describe('output of commands', () => {
  test('goes when it is old and nothing names it, and other files stay', async () => {
    const state = await openState()
    await state.write(`output/${output(1)}`, 92, 'four')
    await state.write(`output/${output(2)}`, 90.5)
    await state.write(`output/${output(3)}`, 92)
    await state.write('output/mine.txt', 400)
    await state.begin('long', 120, { input: { stdout: { ref: state.file('output', output(3)) } } })
    expect(await sweep(state)).toMatchObject({ output: { files: 1, bytes: 4 } })
    expect(await state.names('output')).toEqual(['mine.txt', output(2), output(3)].sort())
  })
})

describe('drafts', () => {
  test('of writers that crashed go after a day', async () => {
    const state = await openState()
    const draft = `.${'a'.repeat(64)}.${uuid}`
    await state.write(`spilled/${draft}`, 1.1)
    await state.write(`spilled/${draft.replace('a', 'b')}`, 0.9)
    await state.write(`objects/.drafts/${uuid}`, 1.1)
    await state.write(`objects/.drafts/${uuid.replace('0', '1')}`, 0.9)
    await state.write('objects/bucket/key.json', 400)
    expect(await sweep(state)).toMatchObject({ drafts: { files: 2, bytes: 8 } })
    expect(await state.names('spilled')).toEqual([draft.replace('a', 'b')])
    expect(await state.names('objects/.drafts')).toEqual([uuid.replace('0', '1')])
    expect(await state.names('objects/bucket')).toEqual(['key.json'])
  })
})

describe('histories of systems', () => {
  test('go when the system was removed long ago, and only then', async () => {
    const state = await openState()
    const ago = (days: number) => ({ by: 'test', at: state.now - days * day })
    const { systems } = state
    for (const number of [1, 2, 3]) await systems.add(systemOf(number), ago(300))
    const { lease } = await systems.acquire(idOf(1), 'me', 'destroy', 1, state.now - 91 * day)
    await systems.remove(idOf(1), 1, { ...ago(91), fence: lease.fence })
    await systems.remove(idOf(2), 1, ago(89))
    expect(await sweep(state, { dryRun: true })).toMatchObject({ histories: 1 })
    expect(await sweep(state)).toMatchObject({ histories: 1 })
    const left = await Promise.all(
      [1, 2, 3].map(async number => (await systems.history(idOf(number))).length),
    )
    expect(left).toEqual([0, 2, 1])
    expect(state.database.prepare('SELECT * FROM system_leases').all()).toEqual([])
    expect(await sweep(state)).toMatchObject({ histories: 0 })
  })

  test('go in any number, and one that can’t be read stays', async () => {
    const state = await openState()
    const author = { by: 'test', at: 1 }
    for (let number = 1; number <= 121; number++) {
      await state.systems.add(systemOf(number), author)
      await state.systems.remove(idOf(number), 1, author)
    }
    state.database.prepare('UPDATE system_changes SET entry = ? WHERE system = ?').run('{"at', idOf(7))
    expect(await sweep(state)).toMatchObject({ histories: 120 })
    expect(state.database.prepare('SELECT DISTINCT system FROM system_changes').all()).toEqual([
      { system: idOf(7) },
    ])
  })
})

test('a dry run says what would go, and touches nothing', async () => {
  const state = await openState()
  const key = await state.keep('"old"', 92)
  await state.begin('over', 120, { ended: 91, output: { $spilled: key, bytes: 5 } })
  await state.write(`output/${output(1)}`, 92, 'four')
  const was = (await stat(state.file('spilled', key))).mtimeMs
  expect(await sweep(state, { dryRun: true })).toEqual({
    executions: 1,
    histories: 0,
    spilled: { files: 1, bytes: 5 },
    output: { files: 1, bytes: 4 },
    drafts: { files: 0, bytes: 0 },
    unsure: false,
  })
  expect(await state.names('spilled')).toEqual([key])
  expect(await state.names('output')).toEqual([output(1)])
  expect((await stat(state.file('spilled', key))).mtimeMs).toBe(was)
  expect(state.executions.list({})).toHaveLength(1)
})

test('a state folder in which nothing was kept is swept without a word', async () => {
  const state = await openState()
  expect(await sweep(state)).toMatchObject({ executions: 0, spilled: { files: 0 }, unsure: false })
  expect(await state.names('.')).not.toContain('spilled')
})

test('who keeps and reads data while several sweep it never misses any', async () => {
  const state = await openState()
  const texts = Array.from({ length: 8 }, (_, number) => `"racing ${number}"`)
  const keys = await Promise.all(texts.map(text => state.keep(text, 200)))
  const over = new AbortController()
  const sweeping = [1, 2, 3].map(async () => {
    while (!over.signal.aborted) await sweep(state)
  })
  const old = new Date(state.now - 200 * day)
  try {
    for (let round = 0; round < 60; round++) {
      await Promise.all(
        texts.map(async (text, index) => {
          const key = await state.spilled.put(text)
          expect(key).toBe(keys[index])
          expect(await state.spilled.get(key)).toBe(text)
          expect(await state.spilled.has(key)).toBe(true)
          // Nobody needed it for a long time. A sweep may have it in its hands.
          await utimes(state.file('spilled', key), old, old).catch((error: NodeJS.ErrnoException) =>
            expect(error.code).toBe('ENOENT'),
          )
        }),
      )
    }
  } finally {
    over.abort()
    await Promise.all(sweeping)
  }
})
