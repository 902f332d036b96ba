import { describe, expect, test } from 'vitest'
import { TaskError } from '../../src/executor/index.ts'
import { matches, Retries } from '../../src/executor/retry.ts'
import { fakeClock } from './fake-clock.ts'
import { output, run, start, task } from './harness.ts'

describe('matching', () => {
  const cases: [error: string, name: string, matched: boolean][] = [
    ['Custom', 'Custom', true],
    ['Custom', 'custom', false],
    ['Custom', 'States.ALL', true],
    ['Custom', 'States.TaskFailed', true],
    ['States.Timeout', 'States.ALL', true],
    ['States.Timeout', 'States.Timeout', true],
    ['States.Timeout', 'States.TaskFailed', false],
    ['States.HeartbeatTimeout', 'States.HeartbeatTimeout', true],
    ['States.HeartbeatTimeout', 'States.Timeout', true],
    ['States.HeartbeatTimeout', 'States.TaskFailed', false],
    ['States.QueryEvaluationError', 'States.ALL', true],
    ['States.DataLimitExceeded', 'States.ALL', false],
    ['States.DataLimitExceeded', 'States.TaskFailed', false],
    ['States.DataLimitExceeded', 'States.DataLimitExceeded', true],
    ['States.Runtime', 'States.ALL', false],
    ['States.Runtime', 'States.Runtime', false],
  ]
  test.each(cases)('%s by %s: %s', (error, name, matched) => {
    expect(matches([name], { error })).toBe(matched)
  })

  test('an error without a name is matched by the wildcard only', () => {
    expect(matches(['States.ALL'], {})).toBe(true)
    expect(matches(['Custom'], {})).toBe(false)
  })
})

describe('delays', () => {
  const delays = (retrier: object, count: number, random = () => 0.5) => {
    const retries = new Retries([{ ErrorEquals: ['E'], ...retrier }])
    return Array.from({ length: count }, () => retries.next({ error: 'E' }, random))
  }

  test('start at a second and double, three times, unless told otherwise', () => {
    expect(delays({}, 4)).toEqual([1000, 2000, 4000, undefined])
  })

  test('grow by the rate up to the most', () => {
    expect(delays({ IntervalSeconds: 2, BackoffRate: 3, MaxDelaySeconds: 10, MaxAttempts: 4 }, 5)).toEqual([
      2000,
      6000,
      10_000,
      10_000,
      undefined,
    ])
  })

  test('with full jitter are anywhere up to what they would be', () => {
    expect(delays({ JitterStrategy: 'FULL' }, 2, () => 0)).toEqual([0, 0])
    expect(delays({ JitterStrategy: 'FULL' }, 2, () => 0.25)).toEqual([250, 500])
  })

  test('with no attempts there are none', () => {
    expect(delays({ MaxAttempts: 0 }, 1)).toEqual([undefined])
  })

  test('each retrier counts for itself, and the first that matches is asked', () => {
    const retries = new Retries([
      { ErrorEquals: ['A'], MaxAttempts: 1 },
      { ErrorEquals: ['States.ALL'], IntervalSeconds: 7, MaxAttempts: 1 },
    ])
    const next = (error: string) => retries.next({ error }, Math.random)
    expect([next('A'), next('B'), next('A'), next('B')]).toEqual([1000, 7000, undefined, undefined])
  })
})

test('a Task is tried again after its delay and sees how often it was', async () => {
  const clock = fakeClock(0)
  const seen: [number, number][] = []
  const { execution } = start(
    {
      T: task({
        Arguments: '{% $states.context.State.RetryCount %}',
        Retry: [{ ErrorEquals: ['E'], IntervalSeconds: 3 }],
      }),
    },
    {
      clock,
      invoke: ({ arguments: count }) => {
        seen.push([count as number, clock.now()])
        if (seen.length < 3) throw new TaskError('E')
        return 'done'
      },
    },
  )
  expect(await execution.result()).toEqual({ status: 'SUCCEEDED', output: 'done' })
  expect(seen).toEqual([
    [0, 0],
    [1, 3000],
    [2, 9000],
  ])
})

test('the count of retries starts anew at every visit', async () => {
  let failed = 0
  const states = {
    T: {
      ...task({
        Retry: [{ ErrorEquals: ['E'], MaxAttempts: 1 }],
        Assign: { n: '{% $exists($n) ? $n + 1 : 1 %}' },
      }),
      Next: 'C',
    },
    C: { Type: 'Choice', Choices: [{ Condition: '{% $n < 3 %}', Next: 'T' }], Default: 'Done' },
    Done: { Type: 'Succeed', Output: '{% $n %}' },
  }
  delete (states.T as { End?: unknown }).End
  const invoke = () => {
    if (++failed % 2 === 1) throw new TaskError('E')
    return null
  }
  expect(await output(states, { invoke })).toBe(3)
})

test('a Catch sees what failed, and gives its own output and variables', async () => {
  const states = {
    T: task({
      Catch: [
        { ErrorEquals: ['Other'], Next: 'Never' },
        {
          ErrorEquals: ['E'],
          Next: 'After',
          Output: { caught: '{% $states.errorOutput %}', input: '{% $states.input %}' },
          Assign: { e: '{% $states.errorOutput.Error %}' },
        },
      ],
    }),
    After: { Type: 'Pass', Output: ['{% $states.input %}', '{% $e %}'], End: true },
    Never: { Type: 'Fail' },
  }
  const invoke = () => {
    throw new TaskError('E', 'because')
  }
  expect(await output(states, { input: 'in', invoke })).toEqual([
    { caught: { Error: 'E', Cause: 'because' }, input: 'in' },
    'E',
  ])
})

test('an expression that fails in a Task can be caught', async () => {
  const states = {
    T: task({
      Output: '{% $nothing %}',
      Catch: [{ ErrorEquals: ['States.QueryEvaluationError'], Next: 'After' }],
    }),
    After: { Type: 'Pass', Output: '{% $states.input.Error %}', End: true },
  }
  expect(await output(states)).toBe('States.QueryEvaluationError')
})

test('an expression that fails in a Catch ends the execution', async () => {
  const states = {
    T: task({ Catch: [{ ErrorEquals: ['States.ALL'], Output: '{% $nothing %}', Next: 'After' }] }),
    After: { Type: 'Succeed' },
  }
  const invoke = () => {
    throw new TaskError('E')
  }
  expect(await run(states, { invoke })).toMatchObject({
    error: 'States.QueryEvaluationError',
    cause: expect.stringContaining("'Catch[0]/Output'"),
  })
})
