import { expect, test } from 'vitest'
import { fakeClock } from './fake-clock.ts'
import { output, start, task } from './harness.ts'

test('says what AWS says about the execution, the state and the machine', async () => {
  const clock = fakeClock(0)
  const states = {
    W: { Type: 'Wait', Seconds: 5, Next: 'P' },
    P: { Type: 'Pass', Output: '{% $states.context %}', End: true },
  }
  expect(await output(states, { clock, input: { a: 1 }, name: 'run-1', machineName: 'flow' })).toEqual({
    Execution: {
      Id: 'arn:aws:states:local:000000000000:execution:flow:run-1',
      Input: { a: 1 },
      Name: 'run-1',
      RoleArn: 'arn:aws:iam::000000000000:role/flow',
      StartTime: '1970-01-01T00:00:00.000Z',
      RedriveCount: 0,
    },
    State: { EnteredTime: '1970-01-01T00:00:05.000Z', Name: 'P', RetryCount: 0 },
    StateMachine: { Id: 'arn:aws:states:local:000000000000:stateMachine:flow', Name: 'flow' },
  })
})

test('is whole when all of $states is asked for', async () => {
  const Output = '{% $keys($states) %}'
  expect(await output({ P: { Type: 'Pass', Output, End: true } })).toEqual(['input', 'context'])
})

test('goes to the handler as well', async () => {
  const { execution, calls } = start({ T: task() }, { name: 'run-1' })
  await execution.result()
  expect(calls[0]!.context).toMatchObject({
    Execution: { Name: 'run-1' },
    State: { Name: 'T', RetryCount: 0 },
  })
})
