import { expect, test } from 'vitest'
import { pipe } from '../../../src/core/combinators/pipe.ts'
import { timeout } from '../../../src/core/combinators/time.ts'
import type { Hosts } from '../../../src/core/hosts.ts'
import type { Operation } from '../../../src/core/operation/operation.ts'
import { type FailureCode, failureCodes, type Outcome } from '../../../src/core/outcome.ts'
import { kvm } from '../../../src/core/systems/presets.ts'
import { SystemTrouble } from '../../../src/core/systems/trouble.ts'
import {
  clone,
  create,
  destroy,
  repair,
  restart,
  start,
  stop,
  syncSystems,
  systems,
} from '../../../src/operations/systems/index.ts'
import type { Mischief } from '../../fakes/mischief.ts'
import { fakeProvider } from '../../fakes/provider.ts'
import type { Turn } from '../../fakes/scripted-hosts.ts'
import fc from '../../support/fast-check.ts'
import { type Scene, scene } from './scene.ts'

/** Where things go wrong. */
const moments = [
  'create',
  'create:making the disk',
  'create:defining it',
  'clone',
  'clone:making the disk',
  'start',
  'start:started',
  'stop',
  'stop:stopped',
  'restart:stopped',
  'destroy',
  'destroy:gone',
  'status',
  'list',
]

const mischief: fc.Arbitrary<Mischief> = fc.oneof(
  fc
    .tuple(fc.constantFrom<FailureCode>(...failureCodes), fc.boolean())
    .map(([code, left]) => new SystemTrouble(code, `scripted ${code}`, { left: left ? ['a disk'] : [] })),
  fc.constant(new TypeError('a mistake')),
  fc.constantFrom<Mischief>('hang', 'ignore everything', { slow: 40_000 }, { deaf: 15_000 }),
)

const sometimes = fc.tuple(fc.constantFrom(...moments), mischief, fc.integer({ min: 1, max: 3 }))

const jobs = {
  create: create(kvm('n1'), 'web', 2, { timeout: '2m' }),
  'create in time': timeout(create(kvm('n2'), 'db', 2), '30s'),
  start: pipe(systems(), start({ timeout: '1m', wait: '5s' })),
  stop: pipe(systems(), stop({ timeout: '1m', wait: '5s' })),
  restart: pipe(systems(), restart({ timeout: '1m', wait: '40s' })),
  destroy: pipe(
    systems(system => system.hostname.endsWith('1')),
    destroy({ force: true, timeout: '1m' }),
  ),
  clone: pipe(
    systems(system => system.hostname === 'web-1'),
    clone('copy', { timeout: '1m' }),
  ),
  repair: pipe(systems(), repair({ timeout: '1m' })),
  sync: syncSystems(),
} as const satisfies Record<string, Operation<void, Outcome<Hosts, unknown>>>

const asked = fc.record({
  job: fc.constantFrom(...(Object.keys(jobs) as (keyof typeof jobs)[])),
  together: fc.boolean(),
  cancelAfter: fc.option(fc.integer({ min: 1, max: 60_000 }), { freq: 4 }),
})

const answers = fc.array(
  fc.constantFrom<Turn>('up', 'up', { fails: 'unreachable' }, { fails: 'auth' }, 'hang'),
  { maxLength: 6 },
)

/** Every machine is some system's, and every system is a machine's or says what it is. */
async function checkAccounted({ provider, store }: Scene): Promise<void> {
  const known = await store.list()
  const ids = new Set(known.map(({ id }) => id))
  for (const id of provider.machines.keys())
    expect({ machine: id, known: ids.has(id) }).toEqual({ machine: id, known: true })
  for (const { id, state, hostname } of known) {
    if (provider.machines.has(id)) continue
    expect({ hostname, state }).toEqual({
      hostname,
      state: expect.stringMatching(/^(?:creating|destroying|broken|missing|unknown)$/),
    })
  }
}

test('whatever fails, hangs or is cancelled, no machine is forgotten and no outcome is silent', {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(sometimes, { maxLength: 5 }),
      fc.array(asked, { minLength: 1, maxLength: 6 }),
      answers,
      async (mischiefs, list, turns) => {
        const script = { 'web-1': [...turns, 'up' as const], 'web-2': ['up' as const] }
        const s = scene({ script, provider: fakeProvider() })
        for (const [moment, mischief, times] of mischiefs) {
          let left = times
          s.provider.disturb(moment, () => (left-- > 0 ? mischief : undefined))
        }
        let under: Promise<unknown>[] = []
        for (const { job, together, cancelAfter } of list) {
          const one = carryOut(s.rival(), jobs[job], cancelAfter)
          under.push(one)
          if (together) continue
          await Promise.all(under)
          under = []
          // What was given up on holds its lease until that has run out.
          await checkAccounted(s)
        }
        await Promise.all(under)
        await checkAccounted(s)

        // Once nothing is wrong any more, everything can be brought in order again.
        for (const moment of moments) s.provider.disturb(moment, undefined)
        const well = scene({ provider: s.provider, store: s.store, clock: s.clock })
        await well.clock.sleep(60_000)
        await well.run(pipe(systems(), repair({ force: true })))
        await well.run(syncSystems())
        for (const { id, state } of await well.store.list())
          expect({ id, state }).toEqual({ id, state: s.provider.machines.get(id)?.state })
      },
    ),
    { numRuns: 150 },
  )
})

/** Runs a job, or cancels it after so many milliseconds; checks that nobody is missing in what it answers. */
async function carryOut(
  s: Scene,
  operation: Operation<void, Outcome<Hosts, unknown>>,
  cancelAfter: number | null,
): Promise<void> {
  const execution = await s.submit(operation)
  if (cancelAfter !== null) void s.clock.sleep(cancelAfter).then(() => execution.cancel('enough'))
  const out = await execution.result().catch((error: { name: string; partial?: unknown }) => {
    expect(error.name).toBe('ExecutionCancelled')
    return error.partial as Outcome<Hosts, unknown> | undefined
  })
  if (out === undefined || !('failure' in out)) return
  const accounted = [...out.successful, ...out.failure, ...out.left].map(({ host }) => host)
  for (const name of begun(s)) expect(accounted).toContain(name)
}

/** The systems that a job began with. A clone tells of the clones, and a sync of nodes. */
function begun(s: Scene): readonly string[] {
  const hosts = s.progress.findLast(event => event.kind === 'hosts')
  return hosts === undefined || /clone|sync/.test(hosts.step) ? [] : hosts.hosts
}
