import { TaskError } from '../../../src/executor/index.ts'
import { lambda, task } from '../harness.ts'
import type { Handler, Subject } from './resumable.ts'

const retry = (more: object = {}) => [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 10, ...more }]
const then = (Next: string, more: object = {}) => {
  const { End: _, ...rest } = task(more) as { End: unknown }
  return { ...rest, Next }
}

/** Fails until it was retried so often, and otherwise answers what it was given. */
const flaky =
  (times: number): Handler =>
  ({ context, arguments: given }) => {
    if (context.State.RetryCount < times) throw new TaskError('Flaky', `${context.State.RetryCount}`)
    return given
  }

const tokens: Handler = ({ token, arguments: given }, execution) => {
  if (token !== undefined) queueMicrotask(() => execution.sendTaskSuccess(token, given))
  return 'handed on'
}

const branch = (states: Record<string, object>) => ({ StartAt: Object.keys(states)[0], States: states })

/** Machines that together use everything that going on must get right. */
export const subjects: Readonly<Record<string, Subject>> = {
  'states in a line with variables and choices': {
    input: { n: 3 },
    states: {
      Set: { Type: 'Pass', Assign: { left: '{% $states.input.n %}', id: '{% $uuid() %}' }, Next: 'Work' },
      Work: then('Enough', {
        Arguments: { left: '{% $left %}' },
        Assign: { left: '{% $left - 1 %}' },
        Output: '{% $states.result %}',
      }),
      Enough: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $left > 0 %}', Next: 'Rest', Assign: { again: true } }],
        Default: 'Done',
      },
      Rest: { Type: 'Wait', Seconds: '{% 5 + $floor($random() * 20) %}', Next: 'Work' },
      Done: {
        Type: 'Succeed',
        Output: { left: '{% $left %}', last: '{% $states.input %}', again: '{% $again %}' },
      },
    },
    handler: ({ arguments: given }) => given,
  },
  'retries with jitter, then a catch': {
    states: {
      Try: then('Done', {
        Retry: retry({ JitterStrategy: 'FULL', MaxAttempts: 3 }),
        Catch: [
          { ErrorEquals: ['Flaky'], Next: 'Caught', Assign: { why: '{% $states.errorOutput.Cause %}' } },
        ],
      }),
      Caught: then('Done', { Arguments: { why: '{% $why %}' }, Retry: retry({ MaxAttempts: 1 }) }),
      Done: { Type: 'Succeed', Output: '{% $states.input %}' },
    },
    handler: (call, execution) =>
      call.context.State.Name === 'Try' ? flaky(9)(call, execution) : flaky(1)(call, execution),
  },
  'branches with waits and retries of their own': {
    input: { a: 1 },
    states: {
      Both: {
        Type: 'Parallel',
        Arguments: { id: '{% $random() %}', a: '{% $states.input.a %}' },
        Branches: [
          branch({ One: then('Wait', { Retry: retry() }), Wait: { Type: 'Wait', Seconds: 30, End: true } }),
          branch({
            Early: { Type: 'Wait', Seconds: 7, Next: 'Two' },
            Two: then('Three', { Assign: { mine: '{% $states.result.a %}' } }),
            Three: task({ Arguments: { a: '{% $mine %}' } }),
          }),
        ],
        Output: '{% $states.result.a %}',
        End: true,
      },
    },
    handler: (call, execution) =>
      call.context.State.Name === 'One' ? flaky(2)(call, execution) : call.arguments,
  },
  'branches that fail together and are tried again': {
    states: {
      Both: {
        Type: 'Parallel',
        Retry: retry({ MaxAttempts: 2, JitterStrategy: 'FULL' }),
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
        Branches: [
          branch({ Slow: { Type: 'Wait', Seconds: 100, End: true } }),
          branch({ First: then('Bad'), Bad: task() }),
        ],
        End: true,
      },
      Caught: { Type: 'Pass', End: true },
    },
    handler: ({ context }) => {
      if (context.State.Name === 'Bad') throw new TaskError('Bad')
      return 1
    },
  },
  'a map, some at a time, with branches within': {
    input: [1, 2, 3, 4, 5],
    states: {
      Each: {
        Type: 'Map',
        MaxConcurrency: 2,
        ItemSelector: {
          n: '{% $states.context.Map.Item.Value %}',
          at: '{% $states.context.Map.Item.Index %}',
        },
        ItemProcessor: branch({
          Do: then('Rest', { Retry: retry() }),
          Rest: { Type: 'Wait', Seconds: '{% $states.input.n %}', Next: 'Both' },
          Both: {
            Type: 'Parallel',
            Branches: [branch({ L: task() }), branch({ R: { Type: 'Pass', End: true } })],
            Output: '{% $states.result[0].n %}',
            End: true,
          },
        }),
        Next: 'Sum',
      },
      Sum: { Type: 'Pass', Output: '{% $sum($states.input) %}', End: true },
    },
    handler: (call, execution) =>
      call.context.State.Name === 'Do' && (call.arguments as { n: number }).n % 2 === 0
        ? flaky(1)(call, execution)
        : call.arguments,
  },
  'a map over items that chance made': {
    states: {
      Each: {
        Type: 'Map',
        Items: '{% [1..3].$uuid() %}',
        ItemProcessor: branch({ Do: then('Rest'), Rest: { Type: 'Wait', Seconds: 3, End: true } }),
        Output: '{% $count($distinct($states.result)) %}',
        End: true,
      },
    },
    handler: ({ arguments: given }) => given,
  },
  'a map whose iteration fails, and is caught': {
    input: [1, 2, 3],
    states: {
      Each: {
        Type: 'Map',
        Retry: retry({ MaxAttempts: 1 }),
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught', Output: '{% $states.errorOutput.Error %}' }],
        ItemProcessor: branch({
          Hold: { Type: 'Wait', Seconds: '{% $states.input * 10 %}', Next: 'Do' },
          Do: task(),
        }),
        End: true,
      },
      Caught: { Type: 'Pass', End: true },
    },
    handler: ({ arguments: given }) => {
      if (given === 2) throw new TaskError('Two')
      return given
    },
  },
  'a distributed map in batches that tolerates a failure': {
    input: [1, 2, 3, 4, 5, 6, 7],
    states: {
      Each: {
        Type: 'Map',
        MaxConcurrency: 2,
        ToleratedFailurePercentage: 50,
        ItemBatcher: { MaxItemsPerBatch: 2, BatchInput: { at: '{% $states.context.Execution.StartTime %}' } },
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          ...branch({
            Rest: { Type: 'Wait', Seconds: 2, Next: 'Do' },
            Do: then('Count', { Retry: retry({ MaxAttempts: 1 }) }),
            Count: { Type: 'Pass', Output: '{% $count($states.input.Items) %}', End: true },
          }),
        },
        End: true,
      },
    },
    handler: ({ arguments: given }) => {
      if (JSON.stringify(given).includes('[3,4]')) throw new TaskError('Three')
      return given
    },
  },
  'a distributed map that fails': {
    input: [1, 2, 3],
    states: {
      Each: {
        Type: 'Map',
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          ...branch({ Rest: { Type: 'Wait', Seconds: '{% $states.input * 5 %}', Next: 'Do' }, Do: task() }),
        },
        End: true,
      },
      Caught: { Type: 'Pass', End: true },
    },
    handler: ({ arguments: given }) => {
      if (given === 2) throw new TaskError('Two')
      return given
    },
  },
  'tokens, with heartbeats and timeouts': {
    states: {
      Ask: then('Late', {
        Resource: `${lambda}.waitForTaskToken`,
        Arguments: { n: 1, token: '{% $states.context.Task.Token %}' },
        HeartbeatSeconds: 20,
        TimeoutSeconds: 60,
        Output: '{% $states.result.n %}',
      }),
      Late: then('Done', {
        Resource: `${lambda}.waitForTaskToken`,
        Arguments: { never: true },
        TimeoutSeconds: 40,
        Retry: [{ ErrorEquals: ['States.Timeout'], IntervalSeconds: 3, MaxAttempts: 1 }],
        Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Done' }],
      }),
      Done: { Type: 'Succeed' },
    },
    handler: (call, execution) =>
      (call.arguments as { never?: true }).never === true ? 'handed on' : tokens(call, execution),
  },
  'expressions that fail in arguments, outputs and catches': {
    states: {
      Arguments: then('Output', {
        Arguments: '{% $states.input.nothing %}',
        Retry: retry({ MaxAttempts: 2 }),
        Catch: [{ ErrorEquals: ['States.QueryEvaluationError'], Next: 'Output', Output: { a: 1 } }],
      }),
      Output: then('Catch', {
        Output: '{% $states.result.nothing %}',
        Retry: retry({ MaxAttempts: 1 }),
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Catch', Output: { b: 1 } }],
      }),
      Catch: task({
        Arguments: '{% $states.input.nothing %}',
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Arguments', Output: '{% $states.nothing %}' }],
      }),
    },
  },
  'a machine whose time is over': {
    timeoutSeconds: 25,
    states: {
      Work: then('Both'),
      Both: {
        Type: 'Parallel',
        Branches: [
          branch({
            Rest: { Type: 'Wait', Seconds: 20, Next: 'More' },
            More: task({ Resource: `${lambda}.waitForTaskToken` }),
          }),
          branch({ Long: { Type: 'Wait', Seconds: 90, End: true } }),
        ],
        End: true,
      },
    },
  },
}
