import { expect, test } from 'vitest'
import * as z from 'zod'
import { flow } from '../../../src/core/flow.ts'
import type { Clock } from '../../../src/core/ports.ts'
import { bringUpCloset, type ClosetOutcome, shutdownCloset } from '../../../src/operations/closet/index.ts'
import { openMemoryExecutionStore } from '../../../src/state/memory/executions.ts'
import { fakeClock } from '../../executor/fake-clock.ts'
import { scene } from '../systems/scene.ts'

const began = Date.parse('2030-01-01T00:00:00Z')
const input = z.strictObject({})

/** Time that stands: a process that does nothing any more, and renews nothing. */
const still: Clock = {
  now: () => began,
  sleep: (_ms, signal) =>
    new Promise((_, reject) =>
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true }),
    ),
}

async function until(met: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await met())) await new Promise(resolve => setTimeout(resolve, 1))
}

test.each(['stop', 'stop:stopped'])(
  'a shutdown whose process dies at the moment %s is gone on with by the next, and all of it is known afterwards',
  async moment => {
    const flows = { hot: flow({ input, steps: shutdownCloset({ look: false }) }) }
    const journal = openMemoryExecutionStore()
    const first = scene({ clock: still, journal, flows })
    const { provider, store } = first
    for (const name of ['redis-1', 'redis-2', 'redis-3']) await first.have(name)
    await first.have('old', { state: 'stopped' })
    let dead = false
    provider.disturb(moment, system => {
      if (system?.hostname !== 'redis-2') return undefined
      dead = true
      return 'ignore everything'
    })
    void first.submit(flows.hot, {}, { name: 'too-hot-1' })
    const othersDone = async () =>
      (await first.standing()).filter(line => line.startsWith('redis') && line.endsWith('stopped')).length ===
      2
    await until(async () => dead && (await othersDone()))
    provider.disturb(moment, undefined)
    expect(await first.standing()).toContain('redis-2 stopping')

    const s = scene({ clock: fakeClock(began + 60_000), journal, flows, provider, store })
    const [out] = (await s.resume()) as ClosetOutcome[]
    expect(out!.failure).toEqual([])
    expect(out!.successful.map(({ host, value }) => `${host} ${value.is}`).sort()).toEqual([
      'redis-1 stopped',
      'redis-2 stopped',
      'redis-3 stopped',
    ])
    const up = await s.run(bringUpCloset())
    expect(up.successful.map(({ host }) => host)).toEqual(['redis-1', 'redis-2', 'redis-3'])
    expect(await s.standing()).toEqual([
      'old stopped',
      'redis-1 running',
      'redis-2 running',
      'redis-3 running',
    ])
  },
)

test('a bring-up whose process dies is gone on with', async () => {
  const flows = { cool: flow({ input, steps: bringUpCloset() }) }
  const journal = openMemoryExecutionStore()
  const before = scene({ clock: fakeClock(began - 60_000), journal, flows })
  const { provider, store } = before
  for (const name of ['redis-1', 'redis-2']) await before.have(name)
  await before.run(shutdownCloset({ look: false }))
  const first = scene({ clock: still, journal, flows, provider, store })
  let dead = false
  provider.disturb('start', system => {
    if (system?.hostname !== 'redis-2') return undefined
    dead = true
    return 'ignore everything'
  })
  void first.submit(flows.cool, {}, { name: 'cool-1' })
  await until(async () => dead && (await first.standing()).includes('redis-1 running'))
  provider.disturb('start', undefined)
  const s = scene({ clock: fakeClock(began + 60_000), journal, flows, provider, store })
  // Whoever has nobody to go on with it is brought up by another run as well.
  await s.resume()
  expect(await s.standing()).toEqual(['redis-1 running', 'redis-2 running'])
  expect((await s.run(bringUpCloset())).successful).toEqual([])
})
