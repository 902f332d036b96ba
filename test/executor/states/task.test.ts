import { expect, test } from 'vitest'
import { TaskError } from '../../../src/executor/index.ts'
import { lambda, output, run, start, task } from '../harness.ts'

test('passes its arguments and gives on the answer', async () => {
  const { execution, calls } = start(
    { T: task({ Arguments: { n: '{% $states.input.n %}', fixed: [1] } }) },
    { input: { n: 1 }, invoke: ({ arguments: given }) => ({ got: given }) },
  )
  expect(await execution.result()).toEqual({ status: 'SUCCEEDED', output: { got: { n: 1, fixed: [1] } } })
  expect(calls[0]).toMatchObject({ resource: lambda, token: undefined })
})

test('passes its input when it declares no arguments', async () => {
  const { execution, calls } = start({ T: task() }, { input: { a: 1 } })
  await execution.result()
  expect(calls[0]!.arguments).toEqual({ a: 1 })
})

test('shows the result to Output and Assign, and the input besides', async () => {
  const states = {
    T: task({
      Output: { r: '{% $states.result.r %}', i: '{% $states.input %}' },
      Assign: { v: '{% $states.result.r + 1 %}' },
      End: undefined,
      Next: 'P',
    }),
    P: { Type: 'Pass', Output: ['{% $states.input %}', '{% $v %}'], End: true },
  }
  delete (states.T as { End?: unknown }).End
  expect(await output(states, { input: 'in', invoke: () => ({ r: 1 }) })).toEqual([{ r: 1, i: 'in' }, 2])
})

test('fails with the error that its handler names', async () => {
  const invoke = () => {
    throw new TaskError('Disk.Full', 'no space on /var')
  }
  expect(await run({ T: task() }, { invoke })).toEqual({
    status: 'FAILED',
    error: 'Disk.Full',
    cause: 'no space on /var',
  })
})

test('tells another exception by its class and its message, and never by its stack', async () => {
  const invoke = () => {
    throw new RangeError('too far')
  }
  expect(await run({ T: task() }, { invoke })).toEqual({
    status: 'FAILED',
    error: 'RangeError',
    cause: '{"errorType":"RangeError","errorMessage":"too far"}',
  })
})

test.each([
  ['a Date', { at: new Date() }, 'a Date at $.at'],
  ['a function', { deep: [() => 1] }, 'a function at $.deep[0]'],
  ['a number without a text', [Number.NaN], 'NaN at $[0]'],
  ['a Map', new Map(), 'a Map at $'],
])('refuses %s by its place', async (_, answer, told) => {
  expect(await run({ T: task() }, { invoke: () => answer })).toMatchObject({
    status: 'FAILED',
    error: 'States.TaskFailed',
    cause: `The task answered ${told}, which does not survive JSON.`,
  })
})

test('refuses an answer that refers to itself', async () => {
  const loop: { self?: unknown } = {}
  loop.self = loop
  expect(await run({ T: task() }, { invoke: () => loop })).toMatchObject({ error: 'States.TaskFailed' })
})

test('an answer of nothing is null, and undefined properties are dropped', async () => {
  expect(await output({ T: task() }, { invoke: () => undefined })).toBe(null)
  expect(await output({ T: task() }, { invoke: () => ({ a: undefined, b: 1 }) })).toEqual({ b: 1 })
})

test('a handler changes neither what others see nor what it answered before', async () => {
  const answer = { list: [1] }
  const states = {
    A: {
      ...task({
        Arguments: '{% $states.input %}',
        Output: { before: '{% $states.input %}', answer: '{% $states.result %}' },
      }),
      End: undefined,
      Next: 'B',
    },
    B: task({ Output: '{% $states.input %}' }),
  }
  delete (states.A as { End?: unknown }).End
  const invoke = ({ arguments: given }: { arguments: any }) => {
    given.list?.push('changed')
    answer.list.push(9)
    return answer
  }
  expect(await output(states, { input: { list: [0] }, invoke })).toEqual({
    before: { list: [0] },
    answer: { list: [1, 9] },
  })
})
