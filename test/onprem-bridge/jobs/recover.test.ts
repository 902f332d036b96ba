import { describe, expect, test, vi } from 'vitest'
import { openOperations } from '../../../onprem-bridge/jobs/index.ts'
import { StorageFull } from '../../../src/state/sqlite/index.ts'
import { useBridge } from './harness.ts'

const open = useBridge()

/** A bridge that was killed while it was at one job of this operation, and what the next one makes of it. */
async function killedAtWork(operation: string, request: object = {}) {
  const bridge = await open()
  bridge.connect().submit('a', { operation, ...request })
  await bridge.operations.call(0)
  return bridge.killed()
}

describe('after a kill', () => {
  test.each(['look', 'put'])('%s was at work and is done again', async operation => {
    const next = await killedAtWork(operation)
    ;(await next.operations.call(0)).answer('again')
    const laptop = next.connect()
    laptop.submit('a', { operation })
    expect(await laptop.hears('answer', 'a')).toMatchObject({ output: 'again' })
    expect(next.store.get('a')).toMatchObject({ state: 'succeeded', attempts: 2 })
  })

  test('a change of hosts that was at work accounts for each of them as unknown', async () => {
    const next = await killedAtWork('touch')
    const laptop = next.connect()
    laptop.submit('a', { operation: 'touch' })
    const { output } = await laptop.hears('answer', 'a')
    expect(output).toMatchObject({ successful: [], failure: [{ host: 'foo', code: 'unknown' }] })
    expect(next.store.get('a')).toMatchObject({ state: 'unknown', attempts: 1 })
    expect(next.operations.calls).toEqual([])
  })

  test('any other change that was at work fails as unknown', async () => {
    const next = await killedAtWork('change')
    const laptop = next.connect()
    laptop.submit('a', { operation: 'change' })
    const failed = await laptop.hears('failed', 'a')
    expect(failed).toMatchObject({ state: 'unknown', error: 'Unknown' })
    expect(failed.cause).toMatch(/bridge ended while it was at this.*look at what it acts on/)
    expect(next.operations.calls).toEqual([])
  })

  test('a change of hosts whose data is gone is unknown all the same', async () => {
    const bridge = await open()
    const key = await bridge.kept.put(JSON.stringify({ via: 'ssh', defaults: {}, hosts: [{ name: 'foo' }] }))
    const data = { $spilled: key, bytes: 50 }
    bridge.connect().submit('a', { operation: 'touch', data })
    await bridge.operations.call(0)
    bridge.kept.forget()
    const next = await bridge.killed()
    await vi.waitFor(() => expect(next.store.get('a')).toMatchObject({ state: 'unknown', error: 'Unknown' }))
  })

  test('what waited is done in its order', async () => {
    const bridge = await open({ limits: { running: 1 } })
    const laptop = bridge.connect()
    laptop.submit('first')
    await bridge.operations.call(0)
    for (const [id, priority] of [
      ['a', 5],
      ['b', 9],
      ['c', 5],
    ] as const)
      laptop.submit(id, { data: id }, { priority })
    await laptop.hears('accepted', 'c')
    const next = await bridge.killed()
    for (let index = 0; index < 4; index++) (await next.operations.call(index)).answer(null)
    expect(next.operations.calls.map(({ data }) => data).slice(-3)).toEqual(['b', 'a', 'c'])
    await vi.waitFor(() => expect(next.store.counts().succeeded).toBe(4))
  })

  test('one whose time is over has failed so', async () => {
    const bridge = await open({ limits: { running: 1 } })
    const laptop = bridge.connect()
    for (const id of ['a', 'b']) laptop.submit(id, {}, { deadline: bridge.clock.now() + 5_000 })
    await laptop.hears('accepted', 'b')
    await bridge.jobs.close()
    await bridge.clock.advance(10_000)
    const next = await bridge.killed()
    await vi.waitFor(() => expect(next.store.counts().failed).toBe(2))
    expect(next.store.get('b')).toMatchObject({ error: 'States.Timeout' })
    expect(next.operations.calls).toEqual([])
  })

  test('one whose operation is gone fails by name, and is unknown where it had begun', async () => {
    const bridge = await open({ limits: { running: 1 } })
    const laptop = bridge.connect()
    laptop.submit('begun')
    laptop.submit('waiting')
    await laptop.hears('accepted', 'waiting')
    await bridge.operations.call(0)
    const nothing = openOperations({ flows: new Map(), own: new Map() })
    const next = await bridge.killed({ operations: nothing })
    await vi.waitFor(() => expect(next.store.unfinished()).toEqual([]))
    expect(next.store.get('begun')).toMatchObject({ state: 'unknown', error: 'Unknown' })
    expect(next.store.get('waiting')).toMatchObject({ state: 'failed', error: 'UnknownTask' })
  })

  test('one that is at work each time is not begun for ever', async () => {
    let bridge = await open({ limits: { attempts: 3 } })
    bridge.connect().submit('a', { operation: 'put' })
    for (let round = 0; round < 3; round++) {
      await bridge.operations.call(0)
      bridge = await bridge.killed()
    }
    await vi.waitFor(() => expect(bridge.store.get('a')?.state).toBe('unknown'))
    expect(bridge.store.get('a')?.cause).toMatch(/ended 3 times while it was at this/)
    expect(bridge.operations.calls).toEqual([])
  })

  test('a disk that is full then keeps nobody from starting, and it heals', async () => {
    const bridge = await open()
    const laptop = bridge.connect()
    for (const operation of ['put', 'change']) laptop.submit(operation, { operation })
    await bridge.operations.call(1)
    let full = true
    const next = await bridge.killed({}, store => ({
      ...store,
      begin: async (...words) => {
        if (full) throw new StorageFull('the disk is full')
        return store.begin(...words)
      },
      end: async (...words) => {
        if (full) throw new StorageFull('the disk is full')
        return store.end(...words)
      },
    }))
    await next.clock.advance(60_000)
    expect(next.troubles.length).toBeGreaterThan(2)
    expect(next.store.unfinished()).toHaveLength(2)
    full = false
    await next.clock.advance(60_000)
    ;(await next.operations.call(0)).answer('again')
    await vi.waitFor(() => expect(next.store.unfinished()).toEqual([]))
    expect(next.store.get('change')?.state).toBe('unknown')
    expect(next.store.get('put')).toMatchObject({ state: 'succeeded', output: 'again' })
  })

  test('what was closed while a job was about to begin begins nothing', async () => {
    const written = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<void>()
    const bridge = await (await open()).killed({}, store => ({
      ...store,
      begin: async (...words) => {
        const record = await store.begin(...words)
        written.resolve()
        await gate.promise
        return record
      },
    }))
    bridge.connect().submit('a')
    await written.promise
    await bridge.jobs.close()
    gate.resolve()
    for (let turns = 0; turns < 10; turns++) await new Promise(setImmediate)
    expect(bridge.operations.calls).toEqual([])
    expect(bridge.store.get('a')?.state).toBe('running')
  })

  test('hundreds of rounds lose nothing and repeat no change', { timeout: 60_000 }, async () => {
    let bridge = await open({ limits: { running: 4, attempts: 1_000 } })
    const done = new Map<string, number>()
    const accepted = new Set<string>()
    for (let round = 0; round < 100; round++) {
      const laptop = bridge.connect()
      for (let index = 0; index < 3; index++) {
        const id = `${round}-${index}`
        laptop.submit(id, { operation: ['look', 'put', 'change'][index]!, data: id })
      }
      const answering = bridge
      const answer = async () => {
        for (let index = 0; ; index++) {
          const call = await answering.operations.call(index)
          const id = String(call.data)
          done.set(id, (done.get(id) ?? 0) + 1)
          if (Math.random() < 0.7) call.answer(id)
        }
      }
      void answer()
      for (let turns = Math.random() * 20; turns > 0; turns--) await new Promise(setImmediate)
      for (const message of laptop.heard) if (message.kind === 'accepted') accepted.add(message.id)
      bridge = await bridge.killed()
    }
    const last = bridge
    const answerAll = async () => {
      for (let index = 0; ; index++) {
        const call = await last.operations.call(index)
        done.set(String(call.data), (done.get(String(call.data)) ?? 0) + 1)
        call.answer(call.data)
      }
    }
    void answerAll()
    await vi.waitFor(() => expect(last.store.unfinished()).toEqual([]), { timeout: 20_000 })
    expect(accepted.size).toBeGreaterThan(10)
    for (const id of accepted) {
      const record = last.store.get(id)!
      const change = id.endsWith('-2')
      expect(record.state).toMatch(change ? /succeeded|unknown/ : /succeeded/)
      if (record.state === 'succeeded') expect(record.output).toBe(id)
      if (change) expect(done.get(id) ?? 0).toBeLessThanOrEqual(1)
    }
  })
})
