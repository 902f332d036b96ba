import { expect, test } from 'vitest'
import { TaskError } from '../../../src/executor/index.ts'
import { output, run, start, task } from '../harness.ts'

const branch = (state: object) => ({ StartAt: 'B', States: { B: state } })
const wait = (Seconds: number, Output: unknown) => ({ Type: 'Wait', Seconds, Output, End: true })

test('gives the outputs in the order of the branches, whichever ends first', async () => {
  const states = {
    P: { Type: 'Parallel', Branches: [branch(wait(9, 'slow')), branch(wait(1, 'fast'))], End: true },
  }
  expect(await output(states)).toEqual(['slow', 'fast'])
})

test('gives every branch its arguments', async () => {
  const Branches = [
    branch({ Type: 'Pass', End: true }),
    branch({ Type: 'Pass', Output: '{% $states.input.a %}', End: true }),
  ]
  expect(
    await output(
      { P: { Type: 'Parallel', Arguments: { a: '{% $states.input %}' }, Branches, End: true } },
      { input: 7 },
    ),
  ).toEqual([{ a: 7 }, 7])
})

test('the first branch to fail stops the others and names the error', async () => {
  const Branches = [branch(task()), branch({ Type: 'Wait', Seconds: 1000, End: true })]
  const { execution, types } = start(
    { P: { Type: 'Parallel', Branches, End: true } },
    {
      invoke: () => {
        throw new TaskError('Bad', 'luck')
      },
    },
  )
  expect(await execution.result()).toEqual({ status: 'FAILED', error: 'Bad', cause: 'luck' })
  expect(types()).toContain('WaitStateAborted')
  expect(types().slice(-2)).toEqual(['ParallelStateFailed', 'ExecutionFailed'])
})

test('aborts the handlers of the branches that it stops and lets them finish', async () => {
  let stopped = false
  const Branches = [branch(task({ Arguments: 'fail' })), branch(task({ Arguments: 'work' }))]
  const result = await run(
    {
      P: { Type: 'Parallel', Branches, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'C' }], End: true },
      C: { Type: 'Pass', End: true },
    },
    {
      invoke: async ({ arguments: given, signal }) => {
        if (given === 'fail') throw new TaskError('Bad', 'luck')
        await new Promise(resolve => signal.addEventListener('abort', resolve))
        stopped = true
        return null
      },
    },
  )
  expect(result).toEqual({ status: 'SUCCEEDED', output: { Error: 'Bad', Cause: 'luck' } })
  expect(stopped).toBe(true)
})

test('a retry runs all of its branches again', async () => {
  let calls = 0
  const invoke = () => {
    calls++
    if (calls < 4) throw new TaskError('Again')
    return calls
  }
  const states = {
    P: {
      Type: 'Parallel',
      Branches: [branch(task())],
      Retry: [{ ErrorEquals: ['Again'], MaxAttempts: 5 }],
      End: true,
    },
  }
  expect(await output(states, { invoke })).toEqual([4])
})

test('parallels nest in maps and maps in parallels', async () => {
  const inner = {
    Type: 'Parallel',
    Branches: [
      branch({ Type: 'Pass', Output: '{% $states.input * 2 %}', End: true }),
      branch({ Type: 'Pass', End: true }),
    ],
    End: true,
  }
  const map = {
    Type: 'Map',
    Items: '{% $states.input %}',
    ItemProcessor: { StartAt: 'I', States: { I: inner } },
    End: true,
  }
  expect(
    await output(
      { P: { Type: 'Parallel', Branches: [branch(map), branch(map)], End: true } },
      { input: [1, 2] },
    ),
  ).toEqual([
    [
      [2, 1],
      [4, 2],
    ],
    [
      [2, 1],
      [4, 2],
    ],
  ])
})
