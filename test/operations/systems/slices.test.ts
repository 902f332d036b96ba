import { describe, expect, test } from 'vitest'
import { pipe } from '../../../src/core/combinators/pipe.ts'
import { timeout } from '../../../src/core/combinators/time.ts'
import { type Hosts, hosts } from '../../../src/core/hosts.ts'
import type { Operation } from '../../../src/core/operation/operation.ts'
import type { Outcome } from '../../../src/core/outcome.ts'
import type { ExecutionEvent } from '../../../src/core/runtime.ts'
import type { Job } from '../../../src/core/systems/provider.ts'
import type { System } from '../../../src/core/systems/system.ts'
import { SystemTrouble } from '../../../src/core/systems/trouble.ts'
import {
  create,
  destroy,
  ready,
  repair,
  restart,
  start,
  stop,
} from '../../../src/operations/systems/index.ts'
import { fakeProvider } from '../../fakes/provider.ts'
import type { Turn } from '../../fakes/scripted-hosts.ts'
import fc from '../../support/fast-check.ts'
import { type Scene, scene } from './scene.ts'

const names = ['redis-1', 'redis-2', 'redis-3']

/** A slice, what a provider and a record have to end by themselves, and a turn of the clock. */
const longestCall = 25_000 + 9_000 + 1_000

type Verb = (on: Hosts) => Operation<void, Outcome<Hosts, unknown>>

/** A machine that needs so many milliseconds for a call, from the first time that it is asked. */
function takes(ms: (system: System) => number) {
  const due = new Map<string, number>()
  return async (system: System | undefined, job: Job): Promise<undefined> => {
    const now = job.clock.now()
    const at = due.get(system!.id) ?? now + ms(system!)
    due.set(system!.id, at)
    await job.clock.sleep(Math.max(0, Math.min(at, job.deadline) - now), job.signal)
    if (at > job.deadline) throw new SystemTrouble('timeout', `${system!.hostname} is not done`)
    return undefined
  }
}

/** What a pipeline came to, without what differs between two ways of calling the same. */
async function told(s: Scene, operation: Operation<void, Outcome<Hosts, unknown>>) {
  const execution = await s.submit(operation)
  const events: ExecutionEvent[] = []
  for await (const event of execution.events()) events.push(event)
  const { on, successful, failure, left } = await execution.result()
  return {
    outcome: {
      on: on.hosts.map(({ name, address }) => `${name} ${address}`).sort(),
      successful: successful.map(({ host }) => host).sort(),
      failure: failure.map(({ host, code, step }) => `${host} ${code} at ${step}`).sort(),
      left: left.map(({ host }) => host),
    },
    standing: await s.standing(),
    held: (await s.store.holders(s.clock.now())).size,
    calls: callsOf(events),
  }
}

/** How long each call took, in milliseconds. */
function callsOf(events: readonly ExecutionEvent[]): number[] {
  const began = new Map<number, number>()
  return events.flatMap(({ id, type, timestamp, previousEventId }) => {
    const at = Date.parse(timestamp)
    if (type === 'TaskStarted') began.set(id, at)
    const start = began.get(previousEventId)
    return start === undefined || !/^Task(Succeeded|Failed)$/.test(type) ? [] : [at - start]
  })
}

interface Machine {
  readonly running: boolean
  /** Milliseconds that its call takes. */
  readonly ms: number
  readonly deaf: boolean
  readonly ssh: readonly Turn[]
}

const machine = fc.record<Machine>({
  running: fc.boolean(),
  ms: fc.constantFrom(0, 3_000, 24_500, 26_000, 61_000, 200_000, 650_000),
  deaf: fc.boolean(),
  ssh: fc.constantFrom<readonly Turn[]>(
    ['up'],
    [...Array.from({ length: 12 }, (): Turn => ({ fails: 'unreachable' })), 'up'],
    [{ fails: 'unreachable' }],
    [{ fails: 'host-key' }],
  ),
})

const verbs: Readonly<Record<string, Verb>> = {
  start: on => start(on),
  'start that goes on at once': on => start(on, { ready: false }),
  stop: on => stop(on, { grace: '40s' }),
  'stop by force': on => stop(on, { grace: '40s', force: true }),
  restart: on => restart(on, { grace: '40s' }),
  ready: on => ready(on),
  destroy: on => destroy(on, { force: true }),
  'destroy without consent': on => destroy(on),
  repair: on => repair(on),
}

async function set(machines: readonly Machine[]): Promise<Scene> {
  const provider = fakeProvider({ name: 'ec2' })
  const script = Object.fromEntries(machines.map(({ ssh }, index) => [names[index]!, ssh]))
  const s = scene({ provider, script })
  const of = new Map<string, Machine>()
  for (const [index, one] of machines.entries()) {
    const { id } = await s.have(names[index]!, { state: one.running ? 'running' : 'stopped' })
    of.set(id, one)
  }
  for (const call of ['start', 'stop', 'restart', 'destroy'])
    provider.disturb(
      call,
      takes(system => of.get(system.id)!.ms),
    )
  if (machines.some(({ deaf }) => deaf)) provider.disturb('stop:deaf', { slow: 0 })
  return s
}

describe.each(Object.entries(verbs))('%s', (_name, verb) => {
  test('comes to the same in slices as in one call, and no call is longer than a slice and its grace', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(machine, { minLength: 1, maxLength: 3 }), async machines => {
        const on = names.slice(0, machines.length)
        const [one, other] = [await set(machines), await set(machines)]
        const { calls: _, ...whole } = await told(one, verb(hosts([...on])))
        const { calls, ...sliced } = await told(other, verb(hosts({ via: 'ssm' }, [...on])))
        expect(withoutVia(sliced)).toEqual(withoutVia(whole))
        expect(Math.max(...calls)).toBeLessThanOrEqual(longestCall)
      }),
      { numRuns: 12 },
    )
  })
})

/** Addresses are given out in the order in which machines began. */
function withoutVia<T extends { outcome: { on: readonly string[] } }>(one: T) {
  return { ...one, outcome: { ...one.outcome, on: one.outcome.on.map(host => host.split(' ')[0]) } }
}

describe('create', () => {
  const spec = { preset: 'ec2', part: { provider: 'ec2', node: 'eu-central-1a', count: 3, name: 'redis' } }
  const other = { ...spec, part: { ...spec.part, provider: 'kvm' } }

  function making(
    name: 'ec2' | 'kvm',
    { ms, ssh }: { readonly ms: readonly number[]; readonly ssh: Machine['ssh'] },
  ) {
    const provider = fakeProvider({ name, looksToAddress: 3 })
    const s = scene({ provider, script: Object.fromEntries(names.map(host => [host, ssh])) })
    provider.disturb(
      'create:defining it',
      takes(({ hostname }) => ms[names.indexOf(hostname)] ?? 0),
    )
    return s
  }

  test('makes in slices what it makes in one call, and nothing twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(0, 10_000, 24_000), { minLength: 3, maxLength: 3 }),
        machine.map(({ ssh }) => ssh),
        async (ms, ssh) => {
          const [one, two] = [making('kvm', { ms, ssh }), making('ec2', { ms, ssh })]
          const { calls: _, ...whole } = await told(one, create(other))
          const { calls, ...sliced } = await told(two, create(spec))
          expect(withoutVia(sliced)).toEqual(
            JSON.parse(JSON.stringify(withoutVia(whole)).replaceAll('kvm', 'ec2')),
          )
          expect(Math.max(...calls)).toBeLessThanOrEqual(longestCall)
          expect(two.provider.machines.size).toBe(one.provider.machines.size)
        },
      ),
      { numRuns: 12 },
    )
  })

  test('leaves nothing of one that fails in a later slice, as in the first', async () => {
    const s = making('ec2', { ms: [], ssh: ['up'] })
    let asked = 0
    s.provider.disturb('create', async (_system, job) => {
      if (++asked > 3) return new SystemTrouble('refused', 'there is no such type of instance')
      await job.clock.sleep(job.deadline - job.clock.now(), job.signal)
      return new SystemTrouble('timeout', 'it is not there yet')
    })
    const { outcome, standing } = await told(s, create(spec))
    expect(outcome.failure).toEqual(names.map(name => `${name} refused at ${stepOf}`))
    expect(standing).toEqual([])
  })
})

const stepOf = 'create 3 of redis on eu-central-1a'

describe('between two slices', () => {
  test('nobody else gets at a system, and its lease is given back at the end', async () => {
    const s = await set([{ running: false, ms: 61_000, deaf: false, ssh: ['up'] }])
    const rival = s.rival()
    const [first, second] = await Promise.all([
      told(s, start(hosts({ via: 'ssm' }, ['redis-1']))),
      s.clock.sleep(27_000).then(() => told(rival, stop(hosts(['redis-1']), { wait: 0 }))),
    ])
    expect(first.outcome.failure).toEqual([])
    expect(second.outcome.failure).toEqual(['redis-1 busy at stop'])
    expect(first.held).toBe(0)
  })

  test('somebody else at work is waited for over several slices, and no longer than was said', async () => {
    const waited = async (wait: number) => {
      const s = await set([{ running: false, ms: 40_000, deaf: false, ssh: ['up'] }])
      const rival = s.rival()
      const [, outcome] = await Promise.all([
        told(rival, start(hosts(['redis-1']))),
        s.clock.sleep(1_000).then(() => told(s, ready(hosts({ via: 'ssm' }, ['redis-1']), { wait }))),
      ])
      return outcome
    }
    const patient = await waited(60)
    expect(patient.outcome.failure).toEqual([])
    expect(patient.calls.length).toBeGreaterThan(1)
    const impatient = await waited(30)
    expect(impatient.outcome.failure).toEqual(['redis-1 busy at ready'])
    expect(Math.max(...impatient.calls)).toBeLessThanOrEqual(longestCall)
  })

  test('a system is as the verb left it in the middle, and was never broken', async () => {
    const s = await set([{ running: false, ms: 61_000, deaf: false, ssh: ['up'] }])
    await told(s, start(hosts({ via: 'ssm' }, ['redis-1'])))
    const [system] = await s.store.list()
    const states = (await s.store.history(system!.id)).flatMap(({ after }) => after.state ?? [])
    expect(states).toEqual(['stopped', 'starting', 'running'])
  })

  test('what was restarted is not restarted again', async () => {
    const slow: readonly Turn[] = [
      ...Array.from({ length: 80 }, (): Turn => ({ fails: 'unreachable' })),
      'up',
    ]
    const s = await set([{ running: true, ms: 0, deaf: false, ssh: slow }])
    const { outcome, calls } = await told(s, restart(hosts({ via: 'ssm' }, ['redis-1'])))
    expect(outcome.failure).toEqual([])
    expect(calls.length).toBeGreaterThan(1)
    expect(s.provider.calls.filter(call => call.startsWith('restart'))).toEqual(['restart redis-1'])
  })
})

test('an enclosing timeout ends the slices, and whoever is not done has failed with it', async () => {
  const s = await set([
    { running: false, ms: 3_000, deaf: false, ssh: ['up'] },
    { running: false, ms: 200_000, deaf: false, ssh: ['up'] },
  ])
  const began = s.clock.now()
  const pipeline = pipe(timeout(start(hosts({ via: 'ssm' }, ['redis-1', 'redis-2'])), '70s'))
  const { outcome, calls } = await told(s, pipeline)
  expect(outcome.successful).toEqual(['redis-1'])
  expect(outcome.failure).toEqual(['redis-2 timeout at start'])
  expect(s.clock.now() - began).toBeLessThan(90_000)
  expect(Math.max(...calls)).toBeLessThanOrEqual(longestCall)
})

test('to whoever watches, each host begins once and ends once', async () => {
  const s = await set([{ running: false, ms: 61_000, deaf: false, ssh: ['up'] }])
  await told(s, start(hosts({ via: 'ssm' }, ['redis-1'])))
  const kinds = s.progress.flatMap(event => (event.kind === 'stage' || event.kind === 'hosts' ? [] : event))
  expect(kinds).toMatchObject([{ kind: 'host-started' }, { kind: 'host-ended', code: undefined }])
})
