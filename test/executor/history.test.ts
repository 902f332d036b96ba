import { expect, test } from 'vitest'
import { execute, TaskError } from '../../src/executor/index.ts'
import { fakeClock } from './fake-clock.ts'
import { machine, start, task } from './harness.ts'

test('tells a Task as AWS does, with data as text and times of the clock', async () => {
  const { execution, events } = start(
    { T: task({ TimeoutSeconds: 9 }) },
    { clock: fakeClock(0), input: { a: 1 }, invoke: () => 2 },
  )
  await execution.result()
  const timestamp = '1970-01-01T00:00:00.000Z'
  const detail = { truncated: false }
  const service = { resource: 'invoke', resourceType: 'lambda' }
  expect(events).toEqual([
    {
      id: 1,
      previousEventId: 0,
      timestamp,
      type: 'ExecutionStarted',
      executionStartedEventDetails: {
        input: '{"a":1}',
        inputDetails: detail,
        roleArn: 'arn:aws:iam::000000000000:role/machine',
      },
    },
    {
      id: 2,
      previousEventId: 0,
      timestamp,
      type: 'TaskStateEntered',
      stateEnteredEventDetails: { input: '{"a":1}', inputDetails: detail, name: 'T' },
    },
    {
      id: 3,
      previousEventId: 2,
      timestamp,
      type: 'TaskScheduled',
      taskScheduledEventDetails: { parameters: '{"a":1}', region: 'local', ...service, timeoutInSeconds: 9 },
    },
    { id: 4, previousEventId: 3, timestamp, type: 'TaskStarted', taskStartedEventDetails: service },
    {
      id: 5,
      previousEventId: 4,
      timestamp,
      type: 'TaskSucceeded',
      taskSucceededEventDetails: { output: '2', outputDetails: detail, ...service },
    },
    {
      id: 6,
      previousEventId: 5,
      timestamp,
      type: 'TaskStateExited',
      stateExitedEventDetails: { name: 'T', output: '2', outputDetails: detail },
    },
    {
      id: 7,
      previousEventId: 6,
      timestamp,
      type: 'ExecutionSucceeded',
      executionSucceededEventDetails: { output: '2', outputDetails: detail },
    },
  ])
})

test('tells a function by its own ARN in the events of Lambda', async () => {
  const { execution, types } = start(
    { T: task({ Resource: 'arn:aws:lambda:us-east-1:123456789012:function:f' }) },
    {
      invoke: () => {
        throw new TaskError('E')
      },
    },
  )
  await execution.result()
  expect(types().slice(2)).toEqual([
    'LambdaFunctionScheduled',
    'LambdaFunctionStarted',
    'LambdaFunctionFailed',
    'ExecutionFailed',
  ])
})

test('tells the variables that a state assigned', async () => {
  const { execution, events } = start({ P: { Type: 'Pass', Assign: { a: [1], b: 'x' }, End: true } })
  await execution.result()
  expect(events[2]!.stateExitedEventDetails).toMatchObject({ assignedVariables: { a: '[1]', b: '"x"' } })
})

test('says of every event which thread of the execution it is in', async () => {
  const scopes: string[] = []
  const branch = {
    StartAt: 'M',
    States: {
      M: {
        Type: 'Map',
        Items: [1, 2],
        MaxConcurrency: 1,
        ItemProcessor: { StartAt: 'B', States: { B: { Type: 'Pass', End: true } } },
        End: true,
      },
    },
  }
  const execution = execute({
    machine: machine({ P: { Type: 'Parallel', Branches: [branch], End: true } }),
    input: {},
    invoke: () => null,
    onEvent: ({ type }, { scope }) => {
      if (type === 'PassStateEntered' || type === 'MapStateEntered') scopes.push(scope)
    },
  })
  await execution.result()
  expect(scopes).toEqual(['/P{0}', '/P{0}/M[0]', '/P{0}/M[1]'])
})

test('ids are counted when nobody listens, since causes name them', async () => {
  const result = await execute({
    machine: machine({ A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Output: '{% $x %}', End: true } }),
    input: {},
    invoke: () => null,
  }).result()
  expect(result).toMatchObject({ cause: expect.stringContaining('(entered at the event id #4)') })
})

test.each(['ExecutionStarted', 'TaskScheduled', 'TaskSucceeded', 'TaskStateExited', 'ExecutionSucceeded'])(
  'a listener that throws at %s ends the execution, and nothing catches it',
  async at => {
    const onEvent = ({ type }: { type: string }) => {
      if (type === at) throw new Error('the journal is full')
    }
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'S' }]
    const states = {
      T: { ...task({ Retry: [{ ErrorEquals: ['States.ALL'] }], Catch }) },
      S: { Type: 'Succeed' },
    }
    const execution = execute({
      machine: machine(states),
      input: {},
      clock: fakeClock(),
      invoke: () => null,
      onEvent,
    })
    await expect(execution.result()).rejects.toThrow('the journal is full')
  },
)
