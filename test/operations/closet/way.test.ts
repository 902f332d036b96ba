import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { checkOnly } from '../../../src/core/operation/check-only.ts'
import type { Clock } from '../../../src/core/ports.ts'
import { tagged } from '../../../src/core/systems/labels.ts'
import { bringUpCloset, shutdownCloset } from '../../../src/operations/closet/index.ts'
import { openDatabase, openSystemStore } from '../../../src/state/sqlite/index.ts'
import { fakeClock } from '../../executor/fake-clock.ts'
import { type Scene, type SceneParts, scene } from '../systems/scene.ts'

const began = Date.parse('2030-01-01T00:00:00Z')
const names = Array.from({ length: 10 }, (_, at) => `redis-${at + 1}`)
const down = shutdownCloset({ look: false })

/** Time that stands: a process that does nothing any more, and renews nothing. */
const still: Clock = {
  now: () => began,
  sleep: (_ms, signal) =>
    new Promise((_, reject) =>
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true }),
    ),
}

/** A closet of more guests than are started at once. */
async function closet(parts: SceneParts = {}): Promise<Scene> {
  const s = scene(parts)
  for (const name of names) await s.have(name)
  return s
}

async function until(met: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await met())) await new Promise(resolve => setTimeout(resolve, 1))
}

const allAre = async (s: Scene, state: string) =>
  expect(await s.standing()).toEqual(names.map(name => `${name} ${state}`).sort(inOrder))
const inOrder = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true })
const calls = (s: Scene, word: string) => s.provider.calls.filter(call => call.startsWith(`${word} `))
const held = async (s: Scene) => [...(await s.store.holders(s.clock.now())).keys()]

describe('a shutdown that begins while its closet is brought up', () => {
  test('wins: nobody more is started, who was is stopped, and who was not is told as busy', async () => {
    const s = await closet()
    await s.run(down)
    s.provider.disturb('start', system => (system?.hostname === 'redis-1' ? undefined : { slow: 240_000 }))
    const up = s.run(bringUpCloset({ stages: { guests: { within: '20m' } } }), undefined, { name: 'cool-1' })
    await until(async () => (await s.standing()).includes('redis-1 running') && calls(s, 'start').length >= 8)
    s.provider.disturb('start', undefined)
    const rival = s.rival()
    const began = s.clock.now()
    const stopped = await rival.run(down, undefined, { name: 'hot-2' })
    // It did not wait for the starts to end.
    expect(s.clock.now() - began).toBeLessThan(60_000)
    expect(stopped.failure).toEqual([])
    const out = await up
    expect(out.successful.map(({ host }) => host)).toEqual(['redis-1'])
    expect(out.failure).toHaveLength(9)
    for (const { code, message, detail } of out.failure) {
      expect(code).toBe('busy')
      expect(message).toMatch(
        /closet is being shut down by process \d+, shutdownCloset of adhoc in execution hot-2 since 2030-01-01T.*gave way/,
      )
      expect(detail).toMatchObject({ stage: 'guests' })
    }
    await allAre(s, 'stopped')
    expect(await held(s)).toEqual([])

    const again = await s.run(bringUpCloset())
    expect(again.failure).toEqual([])
    await allAre(s, 'running')
  })

  test('waits for no process that died, and not long for one that is silent', async () => {
    const first = await closet({ clock: still })
    const { provider, store } = first
    const s = scene({ clock: fakeClock(began + 1_000), provider, store })
    await s.run(down)
    provider.disturb('start', 'ignore everything')
    void first.run(bringUpCloset({ stages: { guests: { ready: false } } }))
    await until(() => calls(first, 'start').length > 0)
    provider.disturb('start', undefined)
    const at = s.clock.now()
    // Those that the dead one was at are its own until their leases are over, which is waited for besides.
    const out = await s.run(shutdownCloset({ look: false, stages: { guests: { wait: '2m' } } }))
    expect(out.failure).toEqual([])
    expect(s.clock.now() - at).toBeLessThan(180_000)
    await allAre(s, 'stopped')
  })
})

describe('a bring-up that begins while its closet is shut down', () => {
  test('waits until that has ended, and starts everybody then', async () => {
    const s = await closet()
    s.provider.disturb('stop', { slow: 100_000 })
    const stopping = s.run(down)
    await until(() => calls(s, 'stop').length > 0)
    const rival = s.rival()
    const up = rival.run(bringUpCloset())
    expect((await stopping).failure).toEqual([])
    const out = await up
    expect(out.failure).toEqual([])
    expect(out.successful).toHaveLength(10)
    const order = s.provider.calls.filter(call => /^(start|stop) /.test(call))
    expect(order.slice(0, 10).every(call => call.startsWith('stop'))).toBe(true)
    expect(rival.progress).toContainEqual(
      expect.objectContaining({ stage: expect.stringMatching(/^waiting for shutdownCloset of adhoc/) }),
    )
    await allAre(s, 'running')
  })

  test('fails when its time is over, and says who shuts down since when', async () => {
    const s = await closet()
    s.provider.disturb('stop', { slow: 200_000 })
    const stopping = s.run(down, undefined, { name: 'hot-1' })
    await until(() => calls(s, 'stop').length > 0)
    const failed = await s
      .rival()
      .run(bringUpCloset({ wait: '10s' }))
      .catch((thrown: unknown) => thrown)
    expect(failed).toMatchObject({ name: 'ExecutionFailed' })
    expect((failed as Error).cause).toMatchObject({
      ...{ name: 'ClosetBusy', slug: 'closet-busy', retryable: true },
      message: expect.stringMatching(
        /^closet is being shut down by process \d+, shutdownCloset of adhoc in execution hot-1 since 2030-.*nothing was started/,
      ),
    })
    expect(calls(s, 'start')).toEqual([])
    await stopping
    await allAre(s, 'stopped')
  })

  test('waits for a shutdown whose process died no longer than its lease', async () => {
    const first = await closet({ clock: still })
    const { provider, store } = first
    provider.disturb('stop', 'ignore everything')
    void first.run(down)
    await until(() => calls(first, 'stop').length > 0)
    provider.disturb('stop', undefined)
    const s = scene({ clock: fakeClock(began + 1_000), provider, store })
    const out = await s.run(bringUpCloset())
    expect(s.clock.now() - began).toBeGreaterThanOrEqual(120_000)
    expect(out.failure).toEqual([])
  })
})

test('two shutdowns go together, and neither waits for the other', async () => {
  const s = await closet()
  s.provider.disturb('stop', { slow: 10_000 })
  const at = s.clock.now()
  const [one, two] = await Promise.all([s.run(down), s.rival().run(down)])
  expect([one.failure, two.failure]).toEqual([[], []])
  expect(s.clock.now() - at).toBeLessThan(60_000)
  await allAre(s, 'stopped')
  expect(await held(s)).toEqual([])
})

test('closets of other names have nothing to do with each other', async () => {
  const s = await closet()
  await s.have('bench', { tags: ['lab'] })
  const lab = { guests: tagged('lab'), closet: 'lab' }
  await s.run(shutdownCloset({ look: false, ...lab }))
  s.provider.disturb('stop', { slow: 100_000 })
  const rest = s.run(shutdownCloset({ look: false, closet: 'rest' }))
  await until(() => calls(s, 'stop').length > 1)
  const out = await s.rival().run(bringUpCloset({ ...lab, wait: 0 }))
  expect(out.successful).toMatchObject([{ host: 'bench', value: { closet: 'lab', is: 'running' } }])
  await rest
  expect(await held(s)).toEqual([])
})

test('what only says what it would do makes nobody give way', async () => {
  const s = await closet()
  await s.run(checkOnly(shutdownCloset()))
  expect(await held(s)).toEqual([])
})

test('a store that does not say who goes where keeps nobody hot', async () => {
  const s = await closet()
  const blind = { ...s.store, holders: async () => Promise.reject(new Error('the disk is gone')) }
  const out = await scene({ clock: s.clock, provider: s.provider, store: blind }).run(down)
  expect(out.failure).toEqual([])
  await allAre(s, 'stopped')
})

test('whoever of both begins when, nobody is left between, also over two connections to one database', {
  timeout: 30_000,
}, async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'reops-way-'))
  const databases = [1, 2].map(() => openDatabase(path.join(folder, 'state.db')))
  onTestFinished(async () => {
    for (const database of databases) database.close()
    await rm(folder, { recursive: true, force: true })
  })
  const [store, other] = databases.map(database => openSystemStore(database))
  const s = await closet({ store: store! })
  const rival = scene({ clock: s.clock, provider: s.provider, store: other! })
  s.provider.disturb('start', () => ({ slow: Math.random() * 3_000 }))
  s.provider.disturb('stop', () => ({ slow: Math.random() * 3_000 }))
  for (let round = 0; round < 6; round++) {
    const later = (ms: number) => s.clock.sleep(ms)
    await s.run(round % 2 === 0 ? down : bringUpCloset())
    const [stopped, started] = await Promise.all([
      later(round * 400).then(() => s.run(down)),
      later((5 - round) * 400).then(() => rival.run(bringUpCloset())),
    ])
    expect(stopped.failure, `round ${round}`).toEqual([])
    expect(new Set(started.failure.map(({ code }) => code)).size, `round ${round}`).toBeLessThanOrEqual(1)
    const states = new Set((await s.standing()).map(line => line.split(' ')[1]))
    // Whoever gave way left all of it to the other; whoever waited did all of it afterwards.
    expect([...states], `round ${round}`).toEqual([
      started.failure.length > 0 ? 'stopped' : expect.any(String),
    ])
  }
})
