import { expect, test } from 'vitest'
import { TaskError } from '../../../src/executor/index.ts'
import { lambda, task } from '../harness.ts'
import { observe, type Seen, type Subject, startedAt } from './resumable.ts'

/** What had been written when the first event of this type was the last. */
function until({ entries }: Seen, type: string) {
  return entries.slice(0, entries.findIndex(({ event }) => event.type === type) + 1)
}

const waiting: Subject = {
  states: { Rest: { Type: 'Wait', Seconds: 3600, Next: 'Do' }, Do: task() },
}

test.each([
  ['goes on at the time that it had', 60_000, 3_600_000],
  ['is over at once when that time has passed', 7_200_000, 7_200_000],
])('a Wait %s', async (_what, downFor, endsAt) => {
  const entries = until(await observe(waiting), 'WaitStateEntered')
  expect((await observe(waiting, { entries, downFor })).endedAt).toBe(startedAt + endsAt)
})

test('a pause before a retry ends when it would have, and its attempts go on', async () => {
  const subject: Subject = {
    states: {
      Do: task({ Retry: [{ ErrorEquals: ['Bad'], IntervalSeconds: 100, BackoffRate: 1, MaxAttempts: 2 }] }),
    },
    handler: () => {
      throw new TaskError('Bad')
    },
  }
  const entries = until(await observe(subject), 'TaskFailed')
  const resumed = await observe(subject, { entries, downFor: 30_000 })
  expect(resumed.endedAt).toBe(startedAt + 200_000)
  expect(resumed.calls).toEqual(['Do {} 1', 'Do {} 2'])
})

test('a timeout counts from when the task was scheduled, and ends one that would be called again', async () => {
  const subject: Subject = {
    states: { Do: task({ TimeoutSeconds: 50 }) },
  }
  const entries = until(await observe(subject), 'TaskStarted')
  const resumed = await observe(subject, { entries, downFor: 60_000 })
  expect(resumed.result).toMatchObject({ status: 'FAILED', error: 'States.Timeout' })
  expect(resumed.calls).toEqual([])
})

test('a heartbeat has one fresh interval', async () => {
  const subject: Subject = {
    states: { Do: task({ Resource: `${lambda}.waitForTaskToken`, HeartbeatSeconds: 50 }) },
  }
  const entries = until(await observe(subject), 'TaskSubmitted')
  const resumed = await observe(subject, { entries, downFor: 600_000, fate: () => 'wait' })
  expect(resumed.result).toMatchObject({ status: 'FAILED', error: 'States.HeartbeatTimeout' })
  expect(resumed.endedAt).toBe(startedAt + 650_000)
})

test('the time of the machine counts from its start', async () => {
  const subject: Subject = { ...waiting, timeoutSeconds: 100 }
  const entries = until(await observe(subject), 'WaitStateEntered')
  const resumed = await observe(subject, { entries, downFor: 30_000 })
  expect(resumed.result).toMatchObject({ status: 'TIMED_OUT' })
  expect(resumed.endedAt).toBe(startedAt + 100_000)
})

const interrupted = (more: object = {}): Subject => ({
  states: { Do: task({ Next: 'After', End: undefined, ...more }), After: { Type: 'Pass', End: true } },
  handler: () => 'called',
})

test('an interrupted task may fail as unknown, which its Retry sees as any other error', async () => {
  const subject = interrupted()
  const entries = until(await observe(subject), 'TaskStarted')
  const failed = await observe(subject, { entries, fate: () => 'unknown' })
  expect(failed.result).toMatchObject({ status: 'FAILED', error: 'Unknown' })
  expect(failed.result).toMatchObject({
    cause: expect.stringMatching(/may have done its work.*or not at all/),
  })
  expect(failed.calls).toEqual([])

  const retried = interrupted({ Retry: [{ ErrorEquals: ['States.ALL'] }] })
  const again = await observe(retried, { entries, fate: () => 'unknown' })
  expect(again.result).toEqual({ status: 'SUCCEEDED', output: 'called' })
  expect(again.calls).toEqual(['Do {} 1'])
})

test('an interrupted task may have an answer', async () => {
  const subject = interrupted()
  const entries = until(await observe(subject), 'TaskStarted')
  const answered = await observe(subject, { entries, fate: () => ({ answer: { half: 'done' } }) })
  expect(answered.result).toEqual({ status: 'SUCCEEDED', output: { half: 'done' } })
  expect(answered.calls).toEqual([])
})

test('a task that was scheduled and surely not called is called, and nobody is asked', async () => {
  const subject = interrupted()
  const entries = until(await observe(subject), 'TaskScheduled')
  const resumed = await observe(subject, { entries, fate: () => 'unknown' })
  expect(resumed.result).toEqual({ status: 'SUCCEEDED', output: 'called' })
  expect(resumed.interruptions).toEqual([])
})

test('a task called again has the arguments and the token that it had', async () => {
  const given: unknown[] = []
  const subject: Subject = {
    states: {
      Do: task({
        Resource: `${lambda}.waitForTaskToken`,
        Arguments: { id: '{% $uuid() %}', at: '{% $millis() %}', token: '{% $states.context.Task.Token %}' },
      }),
    },
    handler: ({ arguments: arguments_, token }, execution) => {
      given.push([arguments_, token])
      queueMicrotask(() => execution.sendTaskSuccess(token!, 1))
    },
  }
  const entries = until(await observe(subject), 'TaskStarted')
  await observe(subject, { entries, downFor: 5_000 })
  expect(given[1]).toEqual(given[0])
})

test('a journal of another machine is refused by name', async () => {
  const entries = until(await observe(waiting), 'WaitStateEntered')
  const other: Subject = { states: { Other: { Type: 'Pass', End: true } } }
  await expect(observe(other, { entries })).rejects.toMatchObject({ name: 'JournalDiverged' })
  const same: Subject = { states: { Do: { Type: 'Pass', End: true } } }
  const told = (await observe(interrupted())).entries.slice(0, 5)
  await expect(observe(same, { entries: told })).rejects.toMatchObject({ name: 'JournalDiverged' })
})

test('nothing is called before its scheduling is durable, and no end is told before it is', async () => {
  const { execute } = await import('../../../src/executor/index.ts')
  const order: string[] = []
  const execution = execute({
    machine: {
      QueryLanguage: 'JSONata',
      StartAt: 'Do',
      States: { Do: { Type: 'Task', Resource: lambda, End: true } },
    },
    input: {},
    invoke: () => void order.push('called'),
    journal: {
      append: ({ event }) => void order.push(event.type),
      flush: async () => {
        await new Promise(resolve => setImmediate(resolve))
        order.push('durable')
      },
    },
  })
  await execution.result()
  order.push('answered')
  expect(order).toEqual([
    'ExecutionStarted',
    'TaskStateEntered',
    'TaskScheduled',
    'TaskStarted',
    'durable',
    'called',
    'TaskSucceeded',
    'TaskStateExited',
    'ExecutionSucceeded',
    'durable',
    'answered',
  ])
})

test('a journal that can not be written ends the execution, and nothing catches it', async () => {
  const { execute } = await import('../../../src/executor/index.ts')
  const calls: unknown[] = []
  const execution = execute({
    machine: {
      QueryLanguage: 'JSONata',
      StartAt: 'Do',
      States: {
        Do: {
          Type: 'Task',
          Resource: lambda,
          Retry: [{ ErrorEquals: ['States.ALL'] }],
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done' }],
          End: true,
        },
        Done: { Type: 'Succeed' },
      },
    },
    input: {},
    invoke: call => void calls.push(call),
    journal: { append: () => {}, flush: () => Promise.reject(new Error('the disk is full')) },
  })
  await expect(execution.result()).rejects.toThrow('the disk is full')
  expect(calls).toEqual([])
})
