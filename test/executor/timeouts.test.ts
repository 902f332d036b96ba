import { expect, test } from 'vitest'
import { execute } from '../../src/executor/index.ts'
import { fakeClock } from './fake-clock.ts'
import { machine, run, start, task } from './harness.ts'

const never = () => new Promise<never>(() => {})

test('a Task that takes too long times out, and its handler is told to stop', async () => {
  const clock = fakeClock(0)
  const { execution, calls, types } = start({ T: task({ TimeoutSeconds: 30 }) }, { clock, invoke: never })
  expect(await execution.result()).toEqual({ status: 'FAILED', error: 'States.Timeout' })
  expect(clock.now()).toBe(30_000)
  expect(calls[0]!.signal.aborted).toBe(true)
  expect(types()).toContain('TaskTimedOut')
})

test('limits may be evaluated', async () => {
  const clock = fakeClock(0)
  await run(
    { T: task({ TimeoutSeconds: '{% $states.input.t * 2 %}' }) },
    { clock, input: { t: 4 }, invoke: never },
  )
  expect(clock.now()).toBe(8_000)
})

test('a limit that is no whole number is an error of the state', async () => {
  expect(await run({ T: task({ TimeoutSeconds: '{% "soon" %}' }) })).toMatchObject({
    error: 'States.QueryEvaluationError',
    cause: expect.stringContaining("Expected 'integer', but was 'string' for value: \"soon\""),
  })
})

test('a handler keeps itself alive by its own heartbeat', async () => {
  const clock = fakeClock(0)
  const { execution } = start(
    { T: task({ HeartbeatSeconds: 10, TimeoutSeconds: 100 }) },
    {
      clock,
      invoke: async ({ heartbeat }) => {
        for (let i = 0; i < 5; i++) {
          await clock.sleep(8_000)
          heartbeat()
        }
        return 'alive'
      },
    },
  )
  expect(await execution.result()).toEqual({ status: 'SUCCEEDED', output: 'alive' })
})

test('each try has its own limit', async () => {
  const clock = fakeClock(0)
  let calls = 0
  const invoke = async () => {
    calls++
    await clock.sleep(calls === 1 ? 20_000 : 8_000)
    return calls
  }
  const states = {
    T: task({ TimeoutSeconds: 10, Retry: [{ ErrorEquals: ['States.Timeout'], IntervalSeconds: 5 }] }),
  }
  expect(await run(states, { clock, invoke })).toEqual({ status: 'SUCCEEDED', output: 2 })
})

test('the machine has a limit of its own, which nothing catches', async () => {
  const clock = fakeClock(0)
  const execution = execute({
    machine: {
      ...machine({
        T: task({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'S' }] }),
        S: { Type: 'Succeed' },
      }),
      TimeoutSeconds: 60,
    },
    input: null,
    clock,
    limits: { graceMs: 1000 },
    invoke: never,
  })
  expect(await execution.result()).toEqual({ status: 'TIMED_OUT', error: 'States.Timeout' })
  expect(clock.now()).toBe(61_000)
})
