import { expect, test } from 'vitest'
import { awsSettingsSchema } from '../../../src/core/aws.ts'
import { pipe } from '../../../src/core/combinators/pipe.ts'
import type { Operation } from '../../../src/core/operation/operation.ts'
import type { Clock } from '../../../src/core/ports.ts'
import { ec2, volume } from '../../../src/core/systems/presets.ts'
import type { Provider } from '../../../src/core/systems/provider.ts'
import { systemClock } from '../../../src/executor/index.ts'
import { create, destroy, repair, stop, syncSystems, systems } from '../../../src/operations/systems/index.ts'
import { openEc2 } from '../../../src/providers/ec2/index.ts'
import { type FakeEc2, fakeEc2 } from '../../fakes/aws/ec2.ts'
import { awsEnvironment, type Mischief, startAws, WireError } from '../../fakes/aws/wire.ts'
import { login } from '../../providers/ec2/account.ts'
import fc from '../../support/fast-check.ts'
import { type Scene, scene } from './scene.ts'

Object.assign(process.env, awsEnvironment)

/** Seconds of a system's life in one of ours: few enough that the SDK's own pauses are within a job's time. */
const pace = 12

/** Time that goes faster than ours, and that can be skipped. */
function fastClock(): Clock & { skip(ms: number): void } {
  let began = performance.now()
  return {
    now: () => 1_900_000_000_000 + (performance.now() - began) * pace,
    sleep: (ms, signal) => systemClock.sleep(ms / pace, signal),
    skip: ms => {
      began -= ms / pace
    },
  }
}

const image = 'ami-0000000000000a641'
const short = { timeout: '2m', ready: false } as const

const jobs = {
  create: create(ec2('t4g.micro', { image }), volume(1, { keep: true }), short),
  'create somewhere': create(
    ec2(['t4g.micro', 't4g.small'], { image, zones: ['eu-central-1a', 'eu-central-1b'] }),
    short,
  ),
  stop: pipe(systems(), stop({ timeout: '2m', force: true, grace: '5s' })),
  destroy: pipe(systems(), destroy({ force: true, timeout: '2m' })),
  repair: pipe(systems(), repair({ timeout: '2m', ready: false })),
  sync: syncSystems({ provider: 'ec2' }),
} as const satisfies Record<string, Operation<void, unknown>>

const actions = [
  'RunInstances',
  'CreateLaunchTemplate',
  'CreateFleet',
  'DeleteLaunchTemplate',
  'DescribeInstances',
  'StopInstances',
  'TerminateInstances',
]

const mischief = fc.oneof(
  fc.constantFrom<Mischief>('throttle', 500, 'hang up', 'do it, then hang up', 'do it, then hang up'),
  fc
    .constantFrom('UnauthorizedOperation', 'InvalidParameterValue', 'InsufficientAddressCapacity')
    .map(code => new WireError(code, 'scripted')),
)

const disturbed = fc.oneof(
  fc.tuple(
    fc.constantFrom(...actions),
    mischief,
    // Once, which the SDK tries again, or until it gives up.
    fc.constantFrom(1, 1, 6),
  ),
  // The worst: it was launched, and nobody hears of it.
  fc.tuple(
    fc.constantFrom('RunInstances', 'CreateFleet'),
    fc.constant<Mischief>('do it, then hang up'),
    fc.constant(6),
  ),
)

const asked = fc.record({
  job: fc.constantFrom<keyof typeof jobs>('create', 'create somewhere', 'create', ...keysOf(jobs)),
  cancelAfter: fc.option(fc.integer({ min: 1, max: 10_000 }), { freq: 3 }),
})

function keysOf<T extends object>(record: T): (keyof T)[] {
  return Object.keys(record) as (keyof T)[]
}

/** Instances that stand: each costs money until somebody ends it. */
function standing(account: FakeEc2): readonly string[] {
  return [...account.instances.values()]
    .filter(({ state }) => state !== 'terminated' && state !== 'shutting-down')
    .map(({ tags }) => tags.get('re-ops:system') ?? 'nobody')
}

async function checkAccounted(s: Scene, account: FakeEc2): Promise<void> {
  const known = new Set((await s.store.list()).map(({ id }) => id))
  for (const system of standing(account))
    expect({ system, known: known.has(system) }).toEqual({ system, known: true })
}

test('whatever AWS answers, or does not, no instance is forgotten, and all of them can be taken away', {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(disturbed, { minLength: 1, maxLength: 3 }),
      fc.array(asked, { minLength: 1, maxLength: 3 }),
      fc.record({ hides: fc.integer({ min: 0, max: 3 }), looks: fc.integer({ min: 1, max: 3 }) }),
      async (mischiefs, list, account) => {
        const aws = Object.assign(fakeEc2(), account)
        const wire = await startAws(aws)
        const settings = awsSettingsSchema.parse({ region: 'eu-central-1', endpoint: wire.endpoint })
        const real = openEc2(settings)
        const provider: Provider = {
          ...real,
          create: (system, _login, job) => real.create(system, login, job),
        }
        try {
          const clock = fastClock()
          const s = scene({ clock, providers: { ec2: provider } })
          for (const [action, what, times] of mischiefs)
            wire.next(`ec2 ${action}`, ...Array<Mischief>(times).fill(what))
          for (const { job, cancelAfter } of list) {
            await carryOut(s, jobs[job], cancelAfter)
            await checkAccounted(s, aws)
          }
          // Once nothing is wrong any more, everything can be brought in order.
          wire.calm()
          // What was given up on holds its lease until that has run out.
          clock.skip(120_000)
          await s.run(pipe(systems(), repair({ force: true, ready: false })))
          await checkAccounted(s, aws)
          const out = await s.run(pipe(systems(), destroy({ force: true })))
          expect(out.failure).toEqual([])
          expect(standing(aws)).toEqual([])
        } finally {
          await real.close()
          await wire.end()
        }
      },
    ),
    { numRuns: 10 },
  )
})

async function carryOut(
  s: Scene,
  operation: Operation<void, unknown>,
  cancelAfter: number | null,
): Promise<void> {
  const execution = await s.submit(operation)
  if (cancelAfter !== null) void s.clock.sleep(cancelAfter).then(() => execution.cancel('enough'))
  await execution.result().catch((error: { name: string }) => {
    expect(error.name).toBe('ExecutionCancelled')
  })
}
