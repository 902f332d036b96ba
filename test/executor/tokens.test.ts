import { expect, test } from 'vitest'
import { TaskError, TokenError } from '../../src/executor/index.ts'
import { fakeClock } from './fake-clock.ts'
import { lambda, start, task } from './harness.ts'

const waiting = (more: object = {}) =>
  task({
    Resource: `${lambda}.waitForTaskToken`,
    Arguments: { t: '{% $states.context.Task.Token %}' },
    ...more,
  })

const turns = async () => {
  for (let i = 0; i < 5; i++) await new Promise(resolve => setImmediate(resolve))
}

test('the state waits for the token and not for the port', async () => {
  const { execution, calls, types } = start({ T: waiting() }, { invoke: () => 'dispatched' })
  await turns()
  const token = calls[0]!.token!
  expect(calls[0]!.arguments).toEqual({ t: token })
  expect(types().at(-1)).toBe('TaskSubmitted')
  execution.sendTaskSuccess(token, { done: true })
  expect(await execution.result()).toEqual({ status: 'SUCCEEDED', output: { done: true } })
})

test('a token fails its task with the error that it is told', async () => {
  const { execution, calls } = start({ T: waiting() })
  await turns()
  execution.sendTaskFailure(calls[0]!.token!, { error: 'Far.Away', cause: 'no answer' })
  expect(await execution.result()).toEqual({ status: 'FAILED', error: 'Far.Away', cause: 'no answer' })
})

test('a port that fails to dispatch fails the task', async () => {
  const { execution } = start(
    { T: waiting() },
    {
      invoke: () => {
        throw new TaskError('No.Bridge')
      },
    },
  )
  expect(await execution.result()).toMatchObject({ status: 'FAILED', error: 'No.Bridge' })
})

test('a token may be answered before the port returns, which is told to stop', async () => {
  let told: unknown
  const { execution } = start(
    { T: waiting() },
    {
      invoke: async ({ token, signal }) => {
        execution.sendTaskSuccess(token!, 'early')
        told = signal.aborted
        await new Promise(() => {})
      },
    },
  )
  expect(await execution.result()).toEqual({ status: 'SUCCEEDED', output: 'early' })
  expect(told).toBe(true)
})

test('a token is answered once, and one of another execution not at all', async () => {
  const { execution, calls } = start({ T: waiting() })
  await turns()
  const token = calls[0]!.token!
  execution.sendTaskSuccess(token, 1)
  expect(() => execution.sendTaskSuccess(token, 2)).toThrow(TokenError)
  expect(() => execution.sendTaskHeartbeat('made-up')).toThrow(TokenError)
  expect(await execution.result()).toEqual({ status: 'SUCCEEDED', output: 1 })
})

test('heartbeats keep a task alive, and the first to be missed ends it', async () => {
  const clock = fakeClock(0)
  const { execution, calls } = start({ T: waiting({ HeartbeatSeconds: 10 }) }, { clock })
  await clock.sleep(6_000)
  execution.sendTaskHeartbeat(calls[0]!.token!)
  await clock.sleep(6_000)
  execution.sendTaskHeartbeat(calls[0]!.token!)
  expect(await execution.result()).toEqual({ status: 'FAILED', error: 'States.HeartbeatTimeout' })
  expect(clock.now()).toBe(22_000)
})

test('a task that timed out has a new token at its retry', async () => {
  const { execution, calls } = start(
    { T: waiting({ TimeoutSeconds: 5, Retry: [{ ErrorEquals: ['States.Timeout'], MaxAttempts: 1 }] }) },
    {
      invoke: ({ token, context }) =>
        void (context.State.RetryCount === 1 && execution.sendTaskSuccess(token!, 'second')),
    },
  )
  expect(await execution.result()).toEqual({ status: 'SUCCEEDED', output: 'second' })
  expect(calls[0]!.token).not.toBe(calls[1]!.token)
  expect(() => execution.sendTaskSuccess(calls[0]!.token!, 'late')).toThrow(TokenError)
})

test('an answer that is not JSON is refused', async () => {
  const { execution, calls } = start({ T: waiting() })
  await turns()
  execution.sendTaskSuccess(calls[0]!.token!, new Date() as never)
  expect(await execution.result()).toMatchObject({ error: 'States.TaskFailed' })
})

test('children of a DISTRIBUTED map are answered through their parent', async () => {
  const ItemProcessor = {
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
    StartAt: 'T',
    States: { T: waiting() },
  }
  const { execution } = start(
    { M: { Type: 'Map', ItemProcessor, End: true } },
    {
      input: [1, 2],
      invoke: ({ token, context }) => execution.sendTaskSuccess(token!, context.Execution.Input),
    },
  )
  expect(await execution.result()).toEqual({ status: 'SUCCEEDED', output: [1, 2] })
})
