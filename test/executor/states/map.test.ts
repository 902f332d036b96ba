import { expect, test } from 'vitest'
import { TaskError } from '../../../src/executor/index.ts'
import { fakeClock } from '../fake-clock.ts'
import { output, run, start, task } from '../harness.ts'

const each = (state: object, more: object = {}) => ({
  M: { Type: 'Map', ItemProcessor: { StartAt: 'I', States: { I: state } }, End: true, ...more },
})
const pass = { Type: 'Pass', End: true }

test('runs once an item and keeps their order', async () => {
  const invoke = async ({ arguments: n }: { arguments: any }) => {
    await new Promise(resolve => setImmediate(resolve))
    return n * 10
  }
  expect(await output(each(task(), { MaxConcurrency: 2 }), { input: [3, 1, 2], invoke })).toEqual([
    30, 10, 20,
  ])
})

test('maps nothing to nothing', async () => {
  expect(await output(each(pass), { input: [] })).toEqual([])
})

test('runs no more at once than it may', async () => {
  let running = 0
  let most = 0
  const clock = fakeClock()
  const invoke = async () => {
    most = Math.max(most, ++running)
    await clock.sleep(1)
    running--
  }
  const input = Array.from({ length: 50 }, (_, i) => i)
  await run(each(task(), { MaxConcurrency: 7 }), { input, invoke, clock })
  expect(most).toBe(7)
  most = 0
  await run(each(task()), { input, invoke, clock })
  expect(most).toBe(40)
})

test('a selector sees the item, its index, the input of the Map and the variables', async () => {
  const states = {
    A: { Type: 'Pass', Assign: { v: 'var' }, Next: 'M' },
    ...each(pass, {
      Items: '{% $states.input.list %}',
      ItemSelector: {
        i: '{% $states.context.Map.Item.Index %}',
        x: '{% $states.context.Map.Item.Value %}',
        k: '{% $states.input.k %}',
        v: '{% $v %}',
      },
    }),
  }
  expect(await output(states, { input: { list: ['a', 'b'], k: 1 } })).toEqual([
    { i: 0, x: 'a', k: 1, v: 'var' },
    { i: 1, x: 'b', k: 1, v: 'var' },
  ])
})

test('states inside see the item in the context object', async () => {
  const inside = { Type: 'Pass', Output: '{% $states.context.Map.Item %}', End: true }
  expect(await output(each(inside), { input: ['x'] })).toEqual([{ Index: 0, Value: 'x' }])
})

test('the first failure ends it and no further item starts', async () => {
  const { execution, calls } = start(each(task(), { MaxConcurrency: 1 }), {
    input: [1, 2, 3],
    invoke: ({ arguments: n }) => {
      if (n === 2) throw new TaskError('Two')
      return n
    },
  })
  expect(await execution.result()).toEqual({ status: 'FAILED', error: 'Two', cause: '' })
  expect(calls.map(call => call.arguments)).toEqual([1, 2])
})

test('an INLINE map tolerates no failure, whatever it says', async () => {
  const invoke = ({ arguments: n }: { arguments: any }) => {
    if (n === 2) throw new TaskError('Two')
    return n
  }
  expect(await run(each(task(), { ToleratedFailureCount: 3 }), { input: [1, 2, 3], invoke })).toMatchObject({
    status: 'FAILED',
    error: 'Two',
  })
})

test('a failure of its iterations can be caught and retried', async () => {
  let calls = 0
  const invoke = () => {
    if (++calls < 3) throw new TaskError('Again')
    return 'ok'
  }
  expect(await output(each(task(), { Retry: [{ ErrorEquals: ['Again'] }] }), { input: [1], invoke })).toEqual(
    ['ok'],
  )
})

test('maps nest', async () => {
  const inner = {
    Type: 'Map',
    ItemProcessor: {
      StartAt: 'J',
      States: { J: { Type: 'Pass', Output: '{% $states.input & "!" %}', End: true } },
    },
    End: true,
  }
  expect(await output(each(inner), { input: [['a'], ['b', 'c']] })).toEqual([['a!'], ['b!', 'c!']])
})

test('cancels ten thousand waiting iterations at once', async () => {
  const { execution, calls } = start(each(task(), { MaxConcurrency: 10_000 }), {
    input: Array.from({ length: 10_000 }, (_, i) => i),
    limits: { historyEvents: Number.POSITIVE_INFINITY },
    invoke: ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  })
  while (calls.length < 10_000) await new Promise(resolve => setImmediate(resolve))
  execution.cancel('enough')
  expect(await execution.result()).toEqual({ status: 'ABORTED', cause: 'enough' })
})
