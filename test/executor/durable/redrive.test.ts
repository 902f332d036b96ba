import { expect, test } from 'vitest'
import { TaskError } from '../../../src/executor/index.ts'
import { task } from '../harness.ts'
import { observe, type Subject } from './resumable.ts'

const branch = (states: Record<string, object>) => ({ StartAt: Object.keys(states)[0], States: states })
const then = (Next: string) => ({ ...task(), End: undefined, Next })

/** Fails these states until it is healed. */
function sick(...names: string[]): { handler: NonNullable<Subject['handler']>; heal(): void } {
  let ill = true
  return {
    handler: ({ context, arguments: given }) => {
      const { State, Execution } = context
      if (ill && names.includes(`${State.Name}${JSON.stringify(given)}`)) throw new TaskError('Ill')
      return { state: State.Name, redrive: Execution.RedriveCount, given }
    },
    heal: () => {
      ill = false
    },
  }
}

async function redriven(subject: Subject, heal: () => void) {
  const failed = await observe(subject)
  heal()
  const whole = await observe(subject, { entries: failed.entries, redrive: true, downFor: 1_000 })
  // It goes on after a crash in the middle as well, wherever that was.
  for (let length = 1; length <= whole.entries.length; length++) {
    const entries = [...failed.entries, ...whole.entries.slice(0, length)]
    const resumed = await observe(subject, { entries })
    expect({ length, ...resumed.result }).toEqual({ length, ...whole.result })
  }
  return { failed, whole }
}

test('a failed task is attempted anew with its input, and what succeeded is not repeated', async () => {
  const { handler, heal } = sick('Two{"state":"One","redrive":0,"given":{}}')
  const { failed, whole } = await redriven({ states: { One: then('Two'), Two: task() }, handler }, heal)
  expect(failed.result.status).toBe('FAILED')
  expect(whole.calls).toEqual(['Two {"state":"One","redrive":0,"given":{}} 0'])
  expect(whole.result).toMatchObject({ status: 'SUCCEEDED', output: { redrive: 1 } })
  expect(whole.entries.map(({ event }) => event.type)).toEqual([
    'ExecutionRedriven',
    'TaskScheduled',
    'TaskStarted',
    'TaskSucceeded',
    'TaskStateExited',
    'ExecutionSucceeded',
  ])
  expect(whole.entries[0]!.event).toMatchObject({
    id: failed.entries.length + 1,
    executionRedrivenEventDetails: { redriveCount: 1 },
  })
})

test('of branches only those are attempted anew that did not succeed', async () => {
  const { handler, heal } = sick('B{}')
  const states = {
    Both: {
      Type: 'Parallel',
      Branches: [branch({ A: task() }), branch({ Rest: { Type: 'Wait', Seconds: 1, Next: 'B' }, B: task() })],
      End: true,
    },
  }
  const { whole } = await redriven({ states, handler }, heal)
  expect(whole.calls).toEqual(['B {} 0'])
  expect(whole.result).toMatchObject({ output: [{ state: 'A' }, { state: 'B' }] })
})

test.each(['INLINE', 'DISTRIBUTED'])('of the items of a map that is %s likewise', async Mode => {
  const { handler, heal } = sick('Do3')
  const states = {
    Each: {
      Type: 'Map',
      MaxConcurrency: 1,
      ItemProcessor: {
        ...(Mode === 'INLINE' ? {} : { ProcessorConfig: { Mode, ExecutionType: 'STANDARD' } }),
        ...branch({ Do: task() }),
      },
      End: true,
    },
  }
  const { whole } = await redriven({ states, handler, input: [1, 2, 3, 4] }, heal)
  expect(whole.calls).toEqual(['Do 3 0', 'Do 4 0'])
  expect(whole.result).toMatchObject({
    status: 'SUCCEEDED',
    output: [1, 2, 3, 4].map(given => ({ given })),
  })
  if (Mode === 'DISTRIBUTED') expect(whole.entries.map(({ event }) => event.type)).toContain('MapRunRedriven')
})

test('retries count from the beginning again', async () => {
  const { handler, heal } = sick('Do{}')
  const states = { Do: task({ Retry: [{ ErrorEquals: ['Ill'], MaxAttempts: 2 }] }) }
  const { failed, whole } = await redriven({ states, handler }, heal)
  expect(failed.calls).toEqual(['Do {} 0', 'Do {} 1', 'Do {} 2'])
  expect(whole.calls).toEqual(['Do {} 0'])
})

test('a machine whose time was over has all of it again', async () => {
  const subject: Subject = {
    states: {
      Rest: { Type: 'Wait', Seconds: 50, Next: 'Long' },
      Long: { Type: 'Wait', Seconds: 60, End: true },
    },
    timeoutSeconds: 100,
  }
  const { failed, whole } = await redriven(subject, () => {})
  expect(failed.result.status).toBe('TIMED_OUT')
  expect(whole.result.status).toBe('SUCCEEDED')
})
