import { expect, test } from 'vitest'
import * as z from 'zod'
import { pipe } from '../../../src/core/combinators/pipe.ts'
import { flow } from '../../../src/core/flow.ts'
import type { Hosts } from '../../../src/core/hosts.ts'
import type { Operation } from '../../../src/core/operation/operation.ts'
import type { Outcome } from '../../../src/core/outcome.ts'
import type { Clock } from '../../../src/core/ports.ts'
import { kvm } from '../../../src/core/systems/presets.ts'
import {
  clone,
  create,
  destroy,
  restart,
  start,
  stop,
  systems,
} from '../../../src/operations/systems/index.ts'
import { openMemoryExecutionStore } from '../../../src/state/memory/executions.ts'
import { fakeClock } from '../../executor/fake-clock.ts'
import { tale } from '../../run/harness.ts'
import { type Scene, scene } from './scene.ts'

const began = Date.parse('2030-01-01T00:00:00Z')

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

/**
 * Begins a flow in a process that never gets past a moment of its provider, and goes on with it in another one when
 * its leases have run out.
 */
async function killedAt(
  moment: string,
  hostname: string,
  steps: Operation<void, unknown>,
  prepare: (s: Scene) => Promise<unknown> = async () => {},
): Promise<{ readonly out: Outcome<Hosts, unknown>; readonly s: Scene }> {
  const flows = { nightly: flow({ input: z.strictObject({}), steps }) }
  const journal = openMemoryExecutionStore()
  const first = scene({ clock: still, journal, flows })
  const { provider, store } = first
  await prepare(first)
  let dead = false
  provider.disturb(moment, system => {
    if (system?.hostname !== hostname) return undefined
    dead = true
    return 'ignore everything'
  })
  void first.submit(flows.nightly, {}, { name: 'tonight' })
  await until(() => dead && settled(first, hostname))
  provider.disturb(moment, undefined)
  const s = scene({ clock: fakeClock(began + 60_000), journal, flows, provider, store })
  const [out] = await s.resume()
  return { out: out as Outcome<Hosts, unknown>, s }
}

/** Everybody else is done, so that nothing moves any more. */
async function settled(s: Scene, hostname: string): Promise<boolean> {
  const others = (await s.standing()).filter(line => !line.startsWith(`${hostname} `))
  return others.every(line => /(?:running|stopped)$/.test(line))
}

test.each(['create', 'create:making the disk', 'create:defining it', 'start', 'start:started', 'status'])(
  'a create whose process ended at %s goes on where it was, and makes nothing twice',
  async moment => {
    const { out, s } = await killedAt(moment, 'web-2', create(kvm('n1'), 'web', 3))
    expect(tale(out).map(line => line.split(' {')[0])).toEqual(['web-1: ok', 'web-2: ok', 'web-3: ok'])
    expect(await s.standing()).toEqual(['web-1 running', 'web-2 running', 'web-3 running'])
    expect(s.provider.machines.size).toBe(3)
    const made = s.provider.calls.filter(call => call.startsWith('create'))
    expect(made.filter(call => call !== 'create web-2')).toHaveLength(2)
  },
)

test.each([
  ['start', start(), 'running'],
  ['stop', stop(), 'stopped'],
  ['stop:stopped', stop(), 'stopped'],
  ['restart:stopped', restart(), 'running'],
] as const)('a job whose process ended at %s is done again', async (moment, job, state) => {
  const { out, s } = await killedAt(moment, 'a', pipe(systems(), job), async s => {
    await s.have('a', { state: state === 'running' ? 'stopped' : 'running' })
    await s.have('b', { state })
  })
  expect(out.failure).toEqual([])
  expect(await s.standing()).toEqual([`a ${state}`, `b ${state}`])
})

test.each(['destroy', 'destroy:gone'])(
  'a destroy whose process ended at %s is done again, and finds gone what is gone',
  async moment => {
    const { out, s } = await killedAt(moment, 'a', pipe(systems(), destroy({ force: true })), async s => {
      await s.have('a')
      await s.have('b')
    })
    expect(tale(out).map(line => line.split(' {')[0])).toEqual(['a: ok', 'b: ok'])
    expect(await s.standing()).toEqual([])
    expect(s.provider.machines.size).toBe(0)
  },
)

test('a clone whose process ended goes on, and is one', async () => {
  const steps = pipe(systems(), clone('copy'))
  const { out, s } = await killedAt('clone:defining it', 'copy', steps, s => s.have('a'))
  expect(out.failure).toEqual([])
  expect(await s.standing()).toEqual(['a running', 'copy running'])
  expect(s.provider.machines.size).toBe(2)
})
