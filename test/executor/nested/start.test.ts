import { describe, expect, test } from 'vitest'
import type { Json } from '../../../src/core/json.ts'
import {
  type ExecuteOptions,
  type Execution,
  execute,
  type StartCall,
  type StartExecution,
  StartRefused,
  TaskError,
} from '../../../src/executor/index.ts'
import { fakeClock } from '../fake-clock.ts'
import { lambda, machine, output, run, start, task } from '../harness.ts'

const arn = 'arn:aws:states:local:000000000000:stateMachine:child'
const resource = (form = '') => `arn:aws:states:::states:startExecution${form}`

const nest = (form: string, Arguments: object = { StateMachineArn: arn, Input: { k: 1 } }, more = {}) => ({
  N: { Type: 'Task', Resource: resource(form), Arguments, End: true, ...more },
})

/** Starts executions of these states, whatever they are called, and remembers them. */
function starter(states: Readonly<Record<string, object>>, options: Partial<ExecuteOptions> = {}) {
  const calls: StartCall[] = []
  const started: Execution[] = []
  const startExecution: StartExecution = async call => {
    calls.push(call)
    const execution = execute({
      machine: machine(states),
      invoke: () => null,
      clock: fakeClock(0),
      ...options,
      input: call.input,
      machineName: 'child',
      name: call.name ?? 'e1',
      depth: call.depth,
    })
    started.push(execution)
    return {
      id: execution.id,
      name: execution.name,
      stateMachineArn: call.stateMachineArn,
      startedAt: 0,
      result: () => execution.result(),
      cancel: reason => execution.cancel(reason),
    }
  }
  return { calls, started, startExecution }
}

const done = { P: { Type: 'Pass', Output: { ok: true }, End: true } }
const boom = { F: { Type: 'Fail', Error: 'Boom', Cause: 'custom cause' } }
const id = 'arn:aws:states:local:000000000000:execution:child:e1'
const clock = () => fakeClock(0)

const description = (input: Json, result: Json) => ({
  ExecutionArn: id,
  Input: input,
  InputDetails: { Included: true },
  Name: 'e1',
  Output: result,
  OutputDetails: { Included: true },
  RedriveCount: 0,
  RedriveStatus: 'NOT_REDRIVABLE',
  RedriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
  StartDate: 0,
  StateMachineArn: arn,
  Status: 'SUCCEEDED',
  StopDate: 0,
})

describe('starting an execution', () => {
  test('answers its ARN and when it started, without waiting for it', async () => {
    const { startExecution, started } = starter({ W: { Type: 'Wait', Seconds: 60, End: true } })
    const { execution, types } = start(nest(''), { startExecution, clock: clock() })
    expect(await execution.result()).toEqual({
      status: 'SUCCEEDED',
      output: { ExecutionArn: id, StartDate: 0 },
    })
    expect(types()).not.toContain('TaskSubmitted')
    expect(await started[0]!.result()).toMatchObject({ status: 'SUCCEEDED' })
  })

  test('hands on its input and its name, and says whose it is', async () => {
    const { startExecution, calls } = starter(done)
    const { execution } = start(
      nest('', { StateMachineArn: arn, Input: { a: '{% $states.input.a %}' }, Name: 'mine' }),
      { startExecution, input: { a: [1] } },
    )
    await execution.result()
    expect(calls).toEqual([
      {
        stateMachineArn: arn,
        input: { a: [1] },
        name: 'mine',
        key: expect.any(String),
        parent: execution.id,
        depth: 1,
      },
    ])
  })

  test.each([
    ['nothing', undefined, {}],
    ['null', null, {}],
    ['JSON as a text', '{"a":1}', { a: 1 }],
    ['a text', 'hello', 'hello'],
  ])('with %s for its input', async (_, Input, expected) => {
    const { startExecution, calls } = starter(done)
    await run(nest('', { StateMachineArn: arn, ...(Input === undefined ? {} : { Input }) }), {
      startExecution,
    })
    expect(calls[0]!.input).toEqual(expected)
  })

  test('and leaving all other Tasks to the port', async () => {
    const { startExecution } = starter(done)
    expect(await output({ T: task() }, { startExecution, invoke: ({ resource: of }) => of })).toBe(lambda)
    expect(await output(nest(''), { invoke: ({ resource: of }) => of })).toBe(resource())
  })
})

describe('waiting for its end', () => {
  test('.sync:2 answers its description with data as data', async () => {
    const { startExecution } = starter(done)
    expect(await output(nest('.sync:2'), { startExecution, clock: clock() })).toEqual(
      description({ k: 1 }, { ok: true }),
    )
  })

  test('.sync answers it with data as text', async () => {
    const { startExecution } = starter(done)
    expect(await output(nest('.sync'), { startExecution, clock: clock() })).toEqual(
      description('{"k":1}', '{"ok":true}'),
    )
  })

  test('is told as AWS tells it', async () => {
    const { startExecution } = starter(done)
    const { execution, events, types } = start(nest('.sync:2'), { startExecution, clock: clock() })
    await execution.result()
    expect(types()).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ])
    expect(events[4]!.taskSubmittedEventDetails).toEqual({
      output: `{"ExecutionArn":"${id}","StartDate":0}`,
      outputDetails: { truncated: false },
      resource: 'startExecution.sync:2',
      resourceType: 'states',
    })
  })

  test.each(['.sync', '.sync:2'])('%s fails with States.TaskFailed and what became of it', async form => {
    const { startExecution } = starter(boom)
    expect(await run(nest(form), { startExecution, clock: clock() })).toEqual({
      status: 'FAILED',
      error: 'States.TaskFailed',
      cause: `{"Cause":"custom cause","Error":"Boom","ExecutionArn":"${id}","Input":"{\\"k\\":1}","InputDetails":{"Included":true},"Name":"e1","RedriveCount":0,"RedriveStatus":"REDRIVABLE","StartDate":0,"StateMachineArn":"${arn}","Status":"FAILED","StopDate":0}`,
    })
  })

  test('its own error catches nothing, and States.TaskFailed does', async () => {
    const { startExecution } = starter(boom)
    const to = (Output: string) => ({ Type: 'Pass', Output, End: true })
    const Catch = [
      { ErrorEquals: ['Boom'], Next: 'A' },
      { ErrorEquals: ['States.TaskFailed'], Next: 'B' },
    ]
    const states = { ...nest('.sync:2', undefined, { Catch }), A: to('by name'), B: to('as a Task') }
    expect(await output(states, { startExecution })).toBe('as a Task')
  })

  test('what it answered counts against the limit on data', async () => {
    const { startExecution } = starter(
      { T: task() },
      { invoke: () => 'x'.repeat(262_000), clock: fakeClock(0) },
    )
    expect(await run(nest('.sync:2'), { startExecution })).toMatchObject({
      error: 'States.DataLimitExceeded',
    })
  })
})

describe('stopping', () => {
  const long = { W: { Type: 'Wait', Seconds: 600, End: true } }
  const reason = (execution: Execution) =>
    `The Task state in AWS Step Functions execution [${execution.id}] which was managing this resource was aborted`

  test('the parent stops what it waits for', async () => {
    const time = clock()
    const { startExecution, started } = starter(long, { clock: time })
    const { execution, types } = start(nest('.sync:2'), { startExecution, clock: time })
    while (started.length === 0) await new Promise(resolve => setImmediate(resolve))
    execution.cancel('enough')
    expect(await execution.result()).toEqual({ status: 'ABORTED', cause: 'enough' })
    expect(await started[0]!.result()).toEqual({ status: 'ABORTED', cause: reason(execution) })
    expect(types().slice(-2)).toEqual(['TaskStateAborted', 'ExecutionAborted'])
  })

  test('and so does its timeout', async () => {
    const time = clock()
    const { startExecution, started } = starter(long, { clock: time })
    const { execution } = start(nest('.sync', undefined, { TimeoutSeconds: 5 }), {
      startExecution,
      clock: time,
    })
    expect(await execution.result()).toEqual({ status: 'FAILED', error: 'States.Timeout' })
    expect(await started[0]!.result()).toMatchObject({ status: 'ABORTED', cause: reason(execution) })
  })

  test('but not what it only started', async () => {
    const time = clock()
    const { startExecution, started } = starter(long, { clock: time })
    const states = { ...nest('', undefined, { End: undefined, Next: 'W' }), W: long.W }
    const { execution } = start(states, { startExecution, clock: time })
    while (started.length === 0) await new Promise(resolve => setImmediate(resolve))
    execution.cancel('enough')
    await execution.result()
    expect(await started[0]!.result()).toMatchObject({ status: 'SUCCEEDED' })
  })
})

test('.waitForTaskToken waits for the token that the input carries', async () => {
  const { startExecution, calls } = starter(done)
  const { execution, types } = start(
    nest('.waitForTaskToken', {
      StateMachineArn: arn,
      Input: { token: '{% $states.context.Task.Token %}' },
    }),
    { startExecution },
  )
  while (!types().includes('TaskSubmitted')) await new Promise(resolve => setImmediate(resolve))
  execution.sendTaskSuccess((calls[0]!.input as { token: string }).token, 'by token')
  expect(await execution.result()).toEqual({ status: 'SUCCEEDED', output: 'by token' })
})

describe('refusals', () => {
  test('have the names and the form of AWS, and may be caught', async () => {
    const startExecution: StartExecution = async ({ stateMachineArn }) => {
      throw new StartRefused('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`)
    }
    const error = 'StepFunctions.StateMachineDoesNotExistException'
    for (const form of ['', '.sync', '.sync:2', '.waitForTaskToken']) {
      expect(await run(nest(form), { startExecution })).toEqual({
        status: 'FAILED',
        error,
        cause: `State Machine Does Not Exist: '${arn}' (Service: AWSStepFunctions; Status Code: 400; Error Code: StateMachineDoesNotExist; Request ID: local; Proxy: null)`,
      })
    }
    const Catch = [{ ErrorEquals: [error], Next: 'C', Output: 'caught' }]
    const states = { ...nest('.sync:2', undefined, { Catch }), C: { Type: 'Pass', End: true } }
    expect(await output(states, { startExecution })).toBe('caught')
  })

  test('a port that fails otherwise fails the Task by its own error', async () => {
    const startExecution: StartExecution = async () => {
      throw new TaskError('Disk.Full', 'no room')
    }
    expect(await run(nest('.sync'), { startExecution })).toMatchObject({ error: 'Disk.Full' })
  })

  test.each([
    ['no ARN', {}, "The field 'StateMachineArn' is required but was missing"],
    ['an ARN that is none', { StateMachineArn: 5 }, "'StateMachineArn' must be a STRING"],
    ['a name that is none', { StateMachineArn: arn, Name: {} }, "'Name' must be a STRING"],
    ['an unknown field', { StateMachineArn: arn, input: {} }, "The field 'input' is not supported"],
  ])('%s is an error that nothing catches', async (_, Arguments, message) => {
    const { startExecution, calls } = starter(done)
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'C' }]
    const states = { ...nest('', Arguments, { Catch }), C: { Type: 'Pass', End: true } }
    expect(await run(states, { startExecution })).toMatchObject({
      error: 'States.Runtime',
      cause: expect.stringContaining(message),
    })
    expect(calls).toEqual([])
  })

  test('executions that start one another without end are stopped at some depth', async () => {
    const depths: number[] = []
    const limits = { nesting: 5 }
    const startExecution: StartExecution = async call => {
      depths.push(call.depth)
      const { startExecution: again } = starter(nest('.sync:2'), { startExecution, limits })
      return again(call)
    }
    expect(await run(nest('.sync:2'), { startExecution, limits })).toMatchObject({
      error: 'States.TaskFailed',
      cause: expect.stringContaining('StepFunctions.ExecutionLimitExceededException'),
    })
    expect(depths).toEqual([1, 2, 3, 4, 5])
  })
})
