import { expect, test } from 'vitest'
import { fakeClock } from './fake-clock.ts'
import { lambda, run, start, task } from './harness.ts'

const aborted = (signal: AbortSignal) =>
  new Promise<void>(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
const states = {
  T: task({ Retry: [{ ErrorEquals: ['States.ALL'] }], Catch: [{ ErrorEquals: ['States.ALL'], Next: 'S' }] }),
  S: { Type: 'Succeed' },
}

test('reaches the handler, and nothing catches or retries it', async () => {
  const { execution, calls } = start(states, {
    invoke: async ({ signal }) => {
      execution.cancel('by hand')
      await aborted(signal)
      throw new Error('stopped')
    },
  })
  expect(await execution.result()).toEqual({ status: 'ABORTED', cause: 'by hand' })
  expect(calls).toHaveLength(1)
  expect(calls[0]!.signal.reason).toMatchObject({ name: 'Cancelled', why: 'aborted', message: 'by hand' })
})

test('what a handler still answers in its grace is in the history', async () => {
  const clock = fakeClock(0)
  const { execution, events } = start(states, {
    clock,
    invoke: async ({ signal }) => {
      execution.cancel()
      await aborted(signal)
      await clock.sleep(4_000)
      return { finished: ['a', 'b'] }
    },
  })
  expect(await execution.result()).toMatchObject({ status: 'ABORTED' })
  expect(events.slice(-3)).toMatchObject([
    { type: 'TaskSucceeded', taskSucceededEventDetails: { output: '{"finished":["a","b"]}' } },
    { type: 'TaskStateAborted' },
    { type: 'ExecutionAborted' },
  ])
})

test('a handler that does not stop is left behind after the grace', async () => {
  const clock = fakeClock(0)
  const { execution, types } = start(states, {
    clock,
    limits: { graceMs: 2_000 },
    invoke: () => {
      execution.cancel()
      return new Promise(() => {})
    },
  })
  expect(await execution.result()).toMatchObject({ status: 'ABORTED' })
  expect(clock.now()).toBe(2_000)
  expect(types().slice(-3)).toEqual(['TaskStarted', 'TaskStateAborted', 'ExecutionAborted'])
})

test('a token that is with somebody else is not waited for', async () => {
  const clock = fakeClock(0)
  const { execution } = start({ T: task({ Resource: `${lambda}.waitForTaskToken` }) }, { clock })
  await new Promise(resolve => setImmediate(resolve))
  execution.cancel()
  expect(await execution.result()).toMatchObject({ status: 'ABORTED' })
  expect(clock.now()).toBe(0)
})

test('a signal cancels as well, with its reason', async () => {
  const controller = new AbortController()
  const waiting = run(
    { W: { Type: 'Wait', Seconds: 3600, End: true } },
    {
      signal: controller.signal,
      clock: { now: () => 0, sleep: (_, signal) => aborted(signal!).then(() => signal!.throwIfAborted()) },
    },
  )
  await new Promise(resolve => setImmediate(resolve))
  controller.abort(new Error('Ctrl-C'))
  expect(await waiting).toEqual({ status: 'ABORTED', cause: 'Ctrl-C' })
})

test('one that was aborted before starts nothing', async () => {
  const { execution, calls } = start(states, { signal: AbortSignal.abort('too late') })
  expect(await execution.result()).toEqual({ status: 'ABORTED', cause: 'too late' })
  expect(calls).toHaveLength(0)
})

test('ends a delay between retries', async () => {
  const { execution } = start(
    {
      T: task({
        Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1000, MaxAttempts: 100, BackoffRate: 1 }],
      }),
    },
    {
      invoke: ({ context }) => {
        if (context.State.RetryCount === 2) setImmediate(() => execution.cancel('enough'))
        throw new Error('again')
      },
    },
  )
  expect(await execution.result()).toEqual({ status: 'ABORTED', cause: 'enough' })
})

test('ends a machine that loops without ever waiting', async () => {
  const { execution } = start({ A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'A' } })
  setImmediate(() => execution.cancel('looped enough'))
  expect(await execution.result()).toEqual({ status: 'ABORTED', cause: 'looped enough' })
})

test('stops the branches and children that it runs in', async () => {
  const ItemProcessor = {
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
    StartAt: 'T',
    States: { T: task() },
  }
  const branch = {
    StartAt: 'M',
    States: { M: { Type: 'Map', ItemProcessor, ToleratedFailurePercentage: 100, End: true } },
  }
  const { execution, calls } = start(
    { P: { Type: 'Parallel', Branches: [branch, branch], End: true } },
    {
      input: [1, 2, 3],
      invoke: async ({ signal }) => {
        if (calls.length === 6) execution.cancel('all of it')
        await aborted(signal)
      },
    },
  )
  expect(await execution.result()).toEqual({ status: 'ABORTED', cause: 'all of it' })
  expect(calls.every(({ signal }) => signal.aborted)).toBe(true)
})
