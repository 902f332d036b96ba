import { pipe, retry, source, transform, wait } from 're-ops'
import { expect, test } from 'vitest'
import * as z from 'zod'
import type { ExecutionStore } from '../../../src/core/executions.ts'
import { type Flow, flow } from '../../../src/core/flow.ts'
import type { Json } from '../../../src/core/json.ts'
import { hostOperation } from '../../../src/core/operation/host-operation.ts'
import { operation } from '../../../src/core/operation/operation.ts'
import type { Clock } from '../../../src/core/ports.ts'
import { systemClock } from '../../../src/executor/index.ts'
import type { LocalRuntime } from '../../../src/run/local-runtime.ts'
import { localRuntime } from '../../../src/run/local-runtime.ts'
import { openMemoryExecutionStore } from '../../../src/state/memory/executions.ts'
import { fakeClock } from '../../executor/fake-clock.ts'
import { memoryStore } from '../../fakes/memory-store.ts'
import { scriptedHosts } from '../../fakes/scripted-hosts.ts'
import { closet, tale } from '../harness.ts'

const start = Date.parse('2030-01-01T00:00:00Z')

/** A process of its own, as far as a store can tell: it has its own runtime, clock and flows. */
function process_(store: ExecutionStore, flows: Record<string, Flow> = {}, clock: Clock = fakeClock(start)) {
  const found = new Map(Object.entries(flows))
  const names = new Map([...found].map(([name, one]) => [one as object, name]))
  const runtime: LocalRuntime = localRuntime({
    hosts: scriptedHosts({}, clock, {}),
    store: memoryStore(),
    clock,
    out: { publish: () => {} },
    progress: () => {},
    nameOf: one => names.get(one),
    flows: found,
    // Other processes of a test have it open as well.
    journal: () => ({ ...store, close: async () => {} }),
  })
  const run = async (name: string, input: Json = {}, options = {}) =>
    (await runtime.submit(found.get(name)!, input, options)).result()
  return { runtime, run, clock }
}

/** A step that hangs until it is told to go on, of this effect. */
function hanging(effect: 'read' | 'change') {
  const begun: unknown[] = []
  let hangs = true
  const step = operation({
    name: 'hang',
    site: 'code',
    effect,
    schema: z.strictObject({}),
    timeoutSeconds: 3600,
    handle: async (data: unknown, _args, { signal }) => {
      begun.push(data)
      if (!hangs) return `${data} done`
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    },
  })({})
  return {
    step,
    begun,
    release: () => {
      hangs = false
    },
  }
}

const input = z.strictObject({ n: z.int().default(1) })
/** Time that stands: what hangs does not come to its timeout. */
const still: Clock = {
  now: () => start,
  sleep: (_ms, signal) =>
    new Promise((_, reject) =>
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true }),
    ),
}
const later = () => fakeClock(start + 60_000)
const until = async (what: () => boolean) => {
  while (!what()) await new Promise(resolve => setTimeout(resolve, 1))
}

test('the same name and input answer the running execution, then the finished one; another input is refused', async () => {
  const count: unknown[] = []
  const one = flow({
    input,
    steps: pipe(
      source('x'),
      transform((data: string) => {
        count.push(data)
        return data
      }),
      wait('5s'),
    ),
  })
  const store = openMemoryExecutionStore()
  const here = process_(store, { one })
  const both = await Promise.all([
    here.run('one', { n: 1 }, { name: 'mine' }),
    here.run('one', { n: 1 }, { name: 'mine' }),
  ])
  expect(both).toEqual(['x', 'x'])
  expect(await process_(store, { one }).run('one', { n: 1 }, { name: 'mine' })).toBe('x')
  expect(count).toHaveLength(1)
  await expect(here.run('one', { n: 2 }, { name: 'mine' })).rejects.toMatchObject({
    name: 'ExecutionNameTaken',
  })
  expect(store.get('arn:aws:states:local:000000000000:execution:one:mine')).toMatchObject({
    status: 'SUCCEEDED',
    lease: undefined,
    deadline: start + 365 * 86_400_000,
  })
})

test('a runtime that is closed gives its executions back, and another goes on at once', async () => {
  const { step, begun, release } = hanging('read')
  const one = flow({ input, steps: pipe(source('x'), step) as never })
  const store = openMemoryExecutionStore()
  const first = process_(store, { one }, still)
  const running = first.run('one', {}, { name: 'mine' })
  await until(() => begun.length === 1)
  await first.runtime.close()
  await expect(running).rejects.toMatchObject({ name: 'ExecutionSuspended' })
  release()
  const [resumed] = await process_(store, { one }).runtime.resumeAbandoned()
  expect(await resumed!.result()).toBe('x done')
  expect(begun).toEqual(['x', 'x'])
})

test('an execution whose lease was taken over is stopped where it was', async () => {
  const { step, begun, release } = hanging('read')
  const one = flow({ input, steps: pipe(source('x'), step) as never })
  const store = openMemoryExecutionStore()
  const first = process_(store, { one }, still)
  const running = await first.runtime.submit(one, {}, { name: 'mine' })
  await until(() => begun.length === 1)
  release()
  const second = process_(store, { one }, later())
  const [resumed] = await second.runtime.resumeAbandoned()
  expect(await resumed!.result()).toBe('x done')
  running.cancel()
  await expect(running.result()).rejects.toMatchObject({ name: 'LeaseLost' })
  expect(store.get(running.id)).toMatchObject({ status: 'SUCCEEDED' })
})

test('a process follows what another one executes, and asks it to stop', { timeout: 20_000 }, async () => {
  const { step, begun } = hanging('read')
  const one = flow({ input, steps: pipe(source('x'), step) as never })
  const store = openMemoryExecutionStore()
  const first = process_(store, { one }, systemClock)
  const running = first.run('one', {}, { name: 'mine' })
  await until(() => begun.length === 1)
  const elsewhere = await process_(store, { one }, systemClock).runtime.submit(one, {}, { name: 'mine' })
  elsewhere.cancel('enough of it')
  const [there, here] = await Promise.allSettled([elsewhere.result(), running])
  expect(there).toMatchObject({ reason: { name: 'ExecutionCancelled' } })
  expect(here).toMatchObject({ reason: { message: expect.stringContaining('enough of it') } })
  expect(begun).toHaveLength(1)
})

/** Leaves an execution behind in the middle of its step. */
async function abandon(store: ExecutionStore, flows: Record<string, Flow>, begun: unknown[]): Promise<void> {
  const first = process_(store, flows, still)
  void first.run(Object.keys(flows)[0]!, {}, { name: 'mine' }).catch(() => undefined)
  await until(() => begun.length === 1)
}

test('a change that was interrupted fails as unknown, and a declared retry repeats it', async () => {
  const plain = hanging('change')
  const one = flow({ input, steps: pipe(source('x'), plain.step) as never })
  const store = openMemoryExecutionStore()
  await abandon(store, { one }, plain.begun)
  const [resumed] = await process_(store, { one }, later()).runtime.resumeAbandoned()
  await expect(resumed!.result()).rejects.toMatchObject({ name: 'ExecutionFailed', error: 'Unknown' })
  expect(plain.begun).toHaveLength(1)

  const declared = hanging('change')
  const two = flow({ input, steps: pipe(source('x'), retry(declared.step)) as never })
  await abandon(store, { two }, declared.begun)
  declared.release()
  const [again] = await process_(store, { two }, later()).runtime.resumeAbandoned()
  expect(await again!.result()).toBe('x done')
  expect(declared.begun).toHaveLength(2)
})

test('hosts that were being changed are failures that say both possibilities', async () => {
  const begun: unknown[] = []
  const touch = hostOperation({
    name: 'touch',
    effect: 'change',
    schema: z.strictObject({}),
    args: () => ({}),
    each: host => {
      begun.push(host.name)
      return new Promise<string>(() => {})
    },
  })
  const one = flow({ input, steps: touch(closet) as never })
  const store = openMemoryExecutionStore()
  const first = process_(store, { one }, still)
  void first.run('one', {}, { name: 'mine' }).catch(() => undefined)
  await until(() => begun.length === 3)
  const [resumed] = await process_(store, { one }, fakeClock(start + 40_000)).runtime.resumeAbandoned()
  const outcome = (await resumed!.result()) as Parameters<typeof tale>[0] & { failure: { message: string }[] }
  expect(tale(outcome)).toEqual(['a: unknown', 'b: unknown', 'c: unknown'])
  expect(outcome.failure[0]!.message).toMatch(/may have been changed.*or not at all/)
  expect(begun).toHaveLength(3)
})

test('one whose flow was changed ends as failed by name, and one whose time is over as timed out', async () => {
  const { step, begun, release } = hanging('read')
  const one = flow({ input, steps: pipe(source('x'), step) as never })
  const store = openMemoryExecutionStore()
  await abandon(store, { one }, begun)
  release()
  const changed = flow({ input, steps: pipe(source('y'), step) as never })
  const [failed] = await process_(store, { one: changed }, later()).runtime.resumeAbandoned()
  await expect(failed!.result()).rejects.toMatchObject({ name: 'ExecutionFailed', error: 'FlowChanged' })

  const other = hanging('read')
  const two = flow({ input, steps: pipe(source('x'), other.step) as never })
  await abandon(store, { two }, other.begun)
  const nextYear = fakeClock(start + 366 * 86_400_000)
  await Promise.allSettled(
    (await process_(store, {}, nextYear).runtime.resumeAbandoned()).map(one_ => one_.result()),
  )
  expect(store.get('arn:aws:states:local:000000000000:execution:two:mine')).toMatchObject({
    status: 'TIMED_OUT',
  })
})

test('a pipeline without a name goes on until it comes to a function of its process', async () => {
  const { step, begun } = hanging('read')
  const store = openMemoryExecutionStore()
  const brief: Clock = {
    ...still,
    sleep: (ms, signal) => (ms <= 30_000 ? Promise.resolve() : still.sleep(ms, signal)),
  }
  const first = process_(store, {}, brief)
  const typed = pipe(
    source('x'),
    wait('30s'),
    transform((text: string) => text),
    step,
  )
  void (await first.runtime.submit(typed as never, undefined, { name: 'typed' }))
    .result()
    .catch(() => undefined)
  await until(() => begun.length === 1)
  const [resumed] = await process_(store, {}, later()).runtime.resumeAbandoned()
  await expect(resumed!.result()).rejects.toMatchObject({ error: 'Unknown' })

  const slow = pipe(
    wait<string>('1h'),
    transform((text: string) => text),
  )
  const other = process_(store, {}, still)
  await other.runtime.submit(slow as never, 'x' as never, { name: 'slow' })
  const [gone] = await process_(store, {}, later()).runtime.resumeAbandoned()
  await expect(gone!.result()).rejects.toMatchObject({ error: 'PipelineGone' })
})

test('redrive goes on from what failed, with the same input', async () => {
  let ill = true
  const done: unknown[] = []
  const one = flow({
    input,
    steps: pipe(
      source('x'),
      transform((text: string) => {
        done.push(text)
        return text
      }),
      transform((text: string) => {
        if (ill) throw new Error('ill')
        return `${text} healed`
      }),
    ),
  })
  const store = openMemoryExecutionStore()
  const { run, runtime } = process_(store, { one })
  await expect(run('one', {}, { name: 'mine' })).rejects.toMatchObject({ name: 'ExecutionFailed' })
  ill = false
  const again = await runtime.redrive('mine')
  expect(await again.result()).toBe('x healed')
  expect(done).toHaveLength(1)
  expect(store.find('mine')).toMatchObject({ status: 'SUCCEEDED', redrives: 1 })
  await expect(runtime.redrive('mine')).rejects.toMatchObject({ name: 'WrongStatus' })
  await expect(runtime.redrive('nobody')).rejects.toMatchObject({ name: 'UnknownExecution' })
})

test('events are there from the beginning, wherever they were told', async () => {
  const { step, begun, release } = hanging('read')
  const one = flow({ input, steps: pipe(source('x'), step) as never })
  const store = openMemoryExecutionStore()
  await abandon(store, { one }, begun)
  release()
  const [resumed] = await process_(store, { one }, later()).runtime.resumeAbandoned()
  const told = async (events: AsyncIterable<{ id: number; type: string }>) => {
    const ids: number[] = []
    for await (const { id } of events) ids.push(id)
    return ids
  }
  const here = await told(resumed!.events())
  expect(here).toEqual(here.map((_, index) => index + 1))
  const known = await process_(store, { one }).runtime.submit(one, {}, { name: 'mine' })
  expect(await told(known.events())).toEqual(here)
})
