import { expect, test } from 'vitest'
import { start, task } from './harness.ts'

const full = (most: number) => ({
  status: 'FAILED',
  error: 'States.Runtime',
  cause: `The execution reached the maximum number of history events (${most}).`,
})
const loop = { A: { Type: 'Pass', Next: 'A' } }

test('a history ends at 25,000 events, the last of which is the failure', async () => {
  const { execution, events } = start(loop)
  expect(await execution.result()).toEqual(full(25_000))
  expect(events).toHaveLength(25_000)
  expect(events.at(-1)).toMatchObject({ id: 25_000, type: 'ExecutionFailed' })
})

test('what ends with the last event succeeds', async () => {
  const states = { A: { Type: 'Pass', End: true } }
  const at = async (historyEvents: number) => {
    const { execution } = start(states, { limits: { historyEvents } })
    return (await execution.result()).status
  }
  expect(await at(4)).toBe('SUCCEEDED')
  expect(await at(3)).toBe('FAILED')
})

test('is counted over all branches and iterations', async () => {
  const branch = { StartAt: 'A', States: loop }
  const states = { P: { Type: 'Parallel', Branches: [branch, branch], End: true } }
  const { execution, events } = start(states, { limits: { historyEvents: 100 } })
  expect(await execution.result()).toEqual(full(100))
  expect(events).toHaveLength(100)
})

test('nothing catches it or tries again, wherever it strikes', async () => {
  const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'T' }]
  const Retry = [{ ErrorEquals: ['States.ALL'], MaxAttempts: 99 }]
  for (let historyEvents = 3; historyEvents < 12; historyEvents++) {
    const states = { T: task({ Catch, Retry, End: undefined, Next: 'T' }) }
    const { execution, events } = start(states, {
      limits: { historyEvents },
      invoke: ({ submitted }) => {
        submitted({})
        throw new Error('again')
      },
    })
    expect(await execution.result()).toEqual(full(historyEvents))
    expect(events.at(-1)).toMatchObject({ id: historyEvents, type: 'ExecutionFailed' })
  }
})

test('children of a DISTRIBUTED Map have histories of their own', async () => {
  const states = {
    M: {
      Type: 'Map',
      Items: '{% [1..100] %}',
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED' },
        StartAt: 'A',
        States: { A: { Type: 'Pass', End: true } },
      },
      Output: '{% $count($states.result) %}',
      End: true,
    },
  }
  const { execution } = start(states, { limits: { historyEvents: 10 } })
  expect(await execution.result()).toEqual({ status: 'SUCCEEDED', output: 100 })
})
