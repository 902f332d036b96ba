import { expect, test } from 'vitest'
import { type ExecuteOptions, execute, TaskError } from '../../../src/executor/index.ts'
import { fakeClock } from '../fake-clock.ts'
import { machine, output, run, task } from '../harness.ts'

const each = (state: object, more: object = {}) => ({
  M: {
    Type: 'Map',
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: 'I',
      States: { I: state },
    },
    End: true,
    ...more,
  },
})
const pass = { Type: 'Pass', End: true }
const failOn =
  (bad: readonly number[]): ExecuteOptions['invoke'] =>
  ({ arguments: n }) => {
    if (bad.includes(n as number)) throw new TaskError('Bad', `item ${n}`)
    return n
  }

test('each child is an execution of its own, whose input is the item', async () => {
  const inside = { Type: 'Pass', Output: '{% $states.context.Execution %}', End: true }
  const [child] = (await output(each(inside), { input: ['x'], machineName: 'flow' })) as any[]
  expect(child).toMatchObject({
    Input: 'x',
    Name: '0',
    Id: expect.stringMatching(/^arn:aws:states:local:\d+:execution:flow\/M:[-0-9a-f]+:0$/),
  })
})

test('a child sees no variable of its parent', async () => {
  const states = {
    A: { Type: 'Pass', Assign: { v: 1 }, Next: 'M' },
    ...each({ Type: 'Pass', Output: '{% $exists($v) %}', End: true }),
  }
  expect(await output(states, { input: [1] })).toEqual([false])
})

test('without a tolerance one failure is too many', async () => {
  expect(await run(each(task()), { input: [1, 2, 3], invoke: failOn([2]) })).toEqual({
    status: 'FAILED',
    error: 'States.ExceedToleratedFailureThreshold',
    cause: 'The specified tolerated failure threshold was exceeded',
  })
})

test('a failure within the tolerance stands in the result, told in full', async () => {
  const states = each(task(), { ToleratedFailureCount: 1 })
  expect(await output(states, { input: [1, 2, 3], invoke: failOn([2]) })).toEqual([
    1,
    expect.objectContaining({ Status: 'FAILED', Error: 'Bad', Cause: 'item 2', Input: '2' }),
    3,
  ])
  expect(await run(states, { input: [1, 2, 3], invoke: failOn([2, 3]) })).toMatchObject({
    error: 'States.ExceedToleratedFailureThreshold',
  })
})

test('a percentage is of all children, and the stricter of the two counts', async () => {
  const half = { ToleratedFailurePercentage: '{% $states.input[0] * 0 + 50 %}' }
  expect(await output(each(task(), half), { input: [1, 2, 3, 4], invoke: failOn([2, 3]) })).toHaveLength(4)
  expect(await run(each(task(), half), { input: [1, 2, 3], invoke: failOn([2, 3]) })).toMatchObject({
    status: 'FAILED',
  })
  const both = { ToleratedFailurePercentage: 100, ToleratedFailureCount: 1 }
  expect(await run(each(task(), both), { input: [1, 2, 3], invoke: failOn([2, 3]) })).toMatchObject({
    status: 'FAILED',
  })
})

test('batches items by count and by bytes', async () => {
  const input = [1, 2, 3, 4, 5]
  const byCount = { ItemBatcher: { MaxItemsPerBatch: 2, BatchInput: { n: '{% $count($states.input) %}' } } }
  expect(await output(each(pass, byCount), { input })).toEqual([
    { BatchInput: { n: 5 }, Items: [1, 2] },
    { BatchInput: { n: 5 }, Items: [3, 4] },
    { BatchInput: { n: 5 }, Items: [5] },
  ])
  const words = ['aaaa', 'bbbb', 'cccc']
  const byBytes = { ItemBatcher: { MaxInputBytesPerBatch: 28 } }
  expect(await output(each(pass, byBytes), { input: words })).toEqual([
    { Items: ['aaaa', 'bbbb'] },
    { Items: ['cccc'] },
  ])
})

test('a selector works on each item before it is batched', async () => {
  const more = {
    ItemSelector: { v: '{% $states.context.Map.Item.Value %}' },
    ItemBatcher: { MaxItemsPerBatch: 9 },
  }
  expect(await output(each(pass, more), { input: [1, 2] })).toEqual([{ Items: [{ v: 1 }, { v: 2 }] }])
})

test('reads items as JSON and as JSON Lines, no more than it may', async () => {
  const reader = (InputType: string, MaxItems = 0) => ({
    ItemReader: {
      Resource: 'arn:aws:states:::s3:getObject',
      ReaderConfig: { InputType, MaxItems },
      Arguments: { Bucket: 'b', Key: '{% $states.input.k %}' },
    },
  })
  const readObject: ExecuteOptions['readObject'] = async ({ arguments: where }) =>
    ({ list: '[1,2,3]', lines: '{"a":1}\n\n{"a":2}\n', broken: '{"a"' })[(where as { Key: string }).Key]!
  expect(await output(each(pass, reader('JSON', 2)), { input: { k: 'list' }, readObject })).toEqual([1, 2])
  expect(await output(each(pass, reader('JSONL')), { input: { k: 'lines' }, readObject })).toEqual([
    { a: 1 },
    { a: 2 },
  ])
  for (const states of [each(pass, reader('JSON')), each(pass, reader('JSONL'))]) {
    expect(await run(states, { input: { k: 'broken' }, readObject })).toMatchObject({
      error: 'States.ItemReaderFailed',
    })
  }
  expect(await run(each(pass, reader('JSON')), { input: { k: 'list' } })).toMatchObject({
    error: 'States.ItemReaderFailed',
  })
})

test('children have histories of their own', async () => {
  const told: Record<string, string[]> = {}
  const execution = execute({
    machine: machine(each(pass)),
    input: [1],
    invoke: () => null,
    clock: fakeClock(),
    onEvent: ({ type, id }, { execution: of }) => {
      told[of] = [...(told[of] ?? []), `${id} ${type}`]
    },
  })
  await execution.result()
  const { [execution.id]: own, ...children } = told
  expect(own).toEqual([
    '1 ExecutionStarted',
    '2 MapStateEntered',
    '3 MapStateStarted',
    '4 MapRunStarted',
    '5 MapRunSucceeded',
    '6 MapStateSucceeded',
    '7 MapStateExited',
    '8 ExecutionSucceeded',
  ])
  expect(Object.values(children)).toEqual([
    ['1 ExecutionStarted', '2 PassStateEntered', '3 PassStateExited', '4 ExecutionSucceeded'],
  ])
})
