import { describe, expect, test } from 'vitest'
import { TaskError } from '../../src/executor/index.ts'
import { fakeClock } from './fake-clock.ts'
import { lambda, output, run, task } from './harness.ts'

/** What AWS's own pages say of the language and no recording shows. */

const pass = (more: object) => ({ Type: 'Pass', ...more })
const show = (Output: unknown) => pass({ Output, End: true })
const never = () => new Promise<never>(() => {})

describe('variables', () => {
  const inside = (...states: [string, object][]) => ({
    StartAt: states[0]![0],
    States: Object.fromEntries(states),
  })

  test('of one branch are not seen by another', async () => {
    const set = inside(['A', pass({ Assign: { v: 1 }, Next: 'B' })], ['B', show('{% $v %}')])
    const look = inside(['C', { Type: 'Wait', Seconds: 9, Next: 'D' }], ['D', show('{% $exists($v) %}')])
    const states = { P: { Type: 'Parallel', Branches: [set, look], End: true } }
    expect(await output(states)).toEqual([1, false])
  })

  test('of one iteration are not seen by the next', async () => {
    const look = inside(
      ['A', pass({ Output: '{% $exists($v) %}', Assign: { v: true }, Next: 'B' })],
      ['B', show(['{% $states.input %}', '{% $v %}'])],
    )
    const states = {
      M: { Type: 'Map', Items: [1, 2], MaxConcurrency: 1, ItemProcessor: look, End: true },
    }
    expect(await output(states)).toEqual([
      [false, true],
      [false, true],
    ])
  })

  test('of the outer scope are not set from within, not even by what catches', async () => {
    const change = inside(
      [
        'T',
        task({
          End: undefined,
          Next: 'U',
          Catch: [{ ErrorEquals: ['E'], Next: 'U', Assign: { v: 'within' } }],
        }),
      ],
      ['U', show('{% $v %}')],
    )
    const states = {
      A: pass({ Assign: { v: 'before' }, Next: 'P' }),
      P: { Type: 'Parallel', Branches: [change], Output: ['{% $states.result[0] %}', '{% $v %}'], End: true },
    }
    const invoke = () => {
      throw new TaskError('E')
    }
    expect(await output(states, { invoke })).toEqual(['within', 'before'])
  })

  test('that a Parallel or a Map assigns see its result and the values before', async () => {
    const one = inside(['A', show(1)])
    const states = {
      S: pass({ Assign: { n: 10 }, Next: 'P' }),
      P: {
        Type: 'Parallel',
        Branches: [one, one],
        Assign: { n: '{% $n + $sum($states.result) %}', old: '{% $n %}' },
        Output: '{% $n %}',
        Next: 'M',
      },
      M: {
        Type: 'Map',
        Items: [5, 6],
        ItemProcessor: one,
        Assign: { m: '{% $count($states.result) %}' },
        Next: 'Z',
      },
      Z: show({ n: '{% $n %}', old: '{% $old %}', m: '{% $m %}' }),
    }
    expect(await output(states)).toEqual({ n: 12, old: 10, m: 2 })
  })

  test('are not set by a rule of a Choice that was not taken', async () => {
    const states = {
      C: {
        Type: 'Choice',
        Choices: [
          { Condition: false, Next: 'Z', Assign: { v: 'first' } },
          { Condition: true, Next: 'Z', Assign: { v: 'second' } },
        ],
        Default: 'Z',
        Assign: { v: 'default' },
      },
      Z: show('{% $v %}'),
    }
    expect(await output(states)).toBe('second')
  })
})

describe('retries', () => {
  const failing = (retrier: object) => ({ T: task({ Retry: [{ ErrorEquals: ['E'], ...retrier }] }) })
  const invoke = () => {
    throw new TaskError('E')
  }

  test('with full jitter wait a random part of what they would wait, of which MaxDelaySeconds is the most', async () => {
    const clock = fakeClock(0)
    const parts = [0.5, 0.25, 1, 0]
    const options = { clock, invoke, random: () => parts.shift()! }
    await run(
      failing({
        JitterStrategy: 'FULL',
        IntervalSeconds: 2,
        BackoffRate: 4,
        MaxDelaySeconds: 20,
        MaxAttempts: 4,
      }),
      options,
    )
    expect(clock.now()).toBe(0.5 * 2_000 + 0.25 * 8_000 + 1 * 20_000 + 0)
  })

  test('without jitter wait all of it', async () => {
    const clock = fakeClock(0)
    const options = { clock, invoke, random: () => 0 }
    await run(
      failing({ JitterStrategy: 'NONE', IntervalSeconds: 3, BackoffRate: 1, MaxAttempts: 2 }),
      options,
    )
    expect(clock.now()).toBe(6_000)
  })
})

describe('times', () => {
  test('a heartbeat may be evaluated, and its loss is a timeout to a Catch', async () => {
    const clock = fakeClock(0)
    const states = {
      T: task({
        TimeoutSeconds: '{% $states.input.t %}',
        HeartbeatSeconds: '{% $states.input.t / 4 %}',
        Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Z' }],
      }),
      Z: show('{% $states.input.Error %}'),
    }
    expect(await output(states, { clock, input: { t: 40 }, invoke: never })).toBe('States.HeartbeatTimeout')
    expect(clock.now()).toBe(10_000)
  })

  test.each([
    ['of seconds and a zone', '1970-01-01T00:01:00Z', 60_000],
    ['of fractions of seconds', '1970-01-01T00:01:00.250Z', 60_250],
    ['of another zone', '1970-01-01T02:01:00+02:00', 60_000],
  ])('a Wait ends at a timestamp %s', async (_, Timestamp, at) => {
    const clock = fakeClock(0)
    const states = { W: { Type: 'Wait', Timestamp: '{% $states.input.at %}', End: true } }
    await run(states, { clock, input: { at: Timestamp } })
    expect(clock.now()).toBe(at)
  })

  test('a Wait for what is no timestamp fails', async () => {
    const states = { W: { Type: 'Wait', Timestamp: '{% $states.input.at %}', End: true } }
    expect(await run(states, { input: { at: '2030-01-01' } })).toMatchObject({
      error: 'States.QueryEvaluationError',
      cause: expect.stringContaining('cannot be parsed as an ISO-8601 extended offset date-time'),
    })
  })
})

describe('the limit of 256 KiB', () => {
  const half = 'x'.repeat(140_000)
  const twice = { a: '{% $states.input %}', b: '{% $states.input %}' }
  const exceeded = (what: string) => ({
    status: 'FAILED',
    error: 'States.DataLimitExceeded',
    cause: `The state/task '${what}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  })
  const inner = { StartAt: 'I', States: { I: { Type: 'Pass', End: true } } }
  const caught = { ErrorEquals: ['E'], Next: 'Z' }

  test.each([
    [
      "a rule's output",
      { S: { Type: 'Choice', Choices: [{ Condition: true, Next: 'Z', Output: twice }] } },
      'S',
    ],
    ["a catcher's output", { S: task({ Catch: [{ ...caught, Output: twice }] }) }, 'S'],
    ["a catcher's variables", { S: task({ Catch: [{ ...caught, Assign: twice }] }) }, 'S'],
    [
      'the arguments of a Parallel',
      { S: { Type: 'Parallel', Branches: [inner], Arguments: twice, End: true } },
      'S',
    ],
    ['the results of branches', { S: { Type: 'Parallel', Branches: [inner, inner], End: true } }, 'S'],
    [
      'what a selector gives an iteration',
      { S: { Type: 'Map', Items: [1], ItemSelector: twice, ItemProcessor: inner, End: true } },
      'S',
    ],
    [
      'what a selector gives a child',
      {
        S: {
          Type: 'Map',
          Items: [1],
          ItemSelector: twice,
          ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, ...inner },
          End: true,
        },
      },
      'S',
    ],
    ['the output of a Succeed', { S: { Type: 'Succeed', Output: twice } }, 'S'],
    ['the output of a Wait', { S: { Type: 'Wait', Seconds: 0, Output: twice, End: true } }, 'S'],
  ])('holds for %s', async (_, states, what) => {
    const invoke = () => {
      throw new TaskError('E')
    }
    expect(await run({ ...states, Z: { Type: 'Succeed' } }, { input: half, invoke })).toEqual(exceeded(what))
  })

  test('may be caught by its name, and only by it', async () => {
    const states = {
      T: task({ Catch: [{ ErrorEquals: ['States.DataLimitExceeded'], Next: 'Z' }] }),
      Z: show('caught'),
    }
    expect(await output(states, { invoke: () => half + half })).toBe('caught')
    expect(await run({ T: task() }, { invoke: () => half + half })).toEqual(exceeded(lambda))
  })
})

describe('the tolerance of a Map Run', () => {
  const each = (more: object) => ({
    M: {
      Type: 'Map',
      Items: '{% [1..10] %}',
      MaxConcurrency: 1,
      ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, StartAt: 'T', States: { T: task() } },
      Output: 'tolerated',
      End: true,
      ...more,
    },
  })
  const failing = { invoke: () => Promise.reject(new TaskError('E')) }

  test('counts the items of a batch and not the batches', async () => {
    const batched = (most: number) =>
      each({ ItemBatcher: { MaxItemsPerBatch: 5 }, ToleratedFailureCount: most })
    expect(await output(batched(10), failing)).toBe('tolerated')
    expect(await run(batched(9), failing)).toMatchObject({ error: 'States.ExceedToleratedFailureThreshold' })
  })

  test('at 100 percent lets all of them fail', async () => {
    expect(await output(each({ ToleratedFailurePercentage: 100 }), failing)).toBe('tolerated')
    expect(await run(each({ ToleratedFailurePercentage: 99 }), failing)).toMatchObject({ status: 'FAILED' })
  })

  test('starts no further children once it is exceeded, and can be caught', async () => {
    let asked = 0
    const invoke = () => {
      asked++
      throw new TaskError('E')
    }
    const Catch = [{ ErrorEquals: ['States.ExceedToleratedFailureThreshold'], Next: 'Z' }]
    const states = { ...each({ ToleratedFailureCount: 2, Catch }), Z: show('{% $states.input.Cause %}') }
    expect(await output(states, { invoke })).toBe('The specified tolerated failure threshold was exceeded')
    expect(asked).toBe(3)
  })

  test('as a percentage of items that are read is judged when all are read', async () => {
    const reader = {
      Items: undefined,
      ItemReader: {
        Resource: 'arn:aws:states:::s3:getObject',
        ReaderConfig: { InputType: 'JSONL' },
        Arguments: { Bucket: 'b', Key: 'k' },
      },
    }
    const options = {
      readObject: async () => '1\n2\n3\n4\n',
      invoke: ({ arguments: n }: { arguments: unknown }) => {
        if (n === 1) throw new TaskError('E')
        return n as number
      },
    }
    const at = (percentage: number) => {
      const { Items: _, ...fields } = each({ ...reader, ToleratedFailurePercentage: percentage }).M as any
      return run({ M: fields }, options)
    }
    expect(await at(25)).toMatchObject({ status: 'SUCCEEDED' })
    expect(await at(24)).toMatchObject({ error: 'States.ExceedToleratedFailureThreshold' })
  })
})
