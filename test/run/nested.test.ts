import { expect, test } from 'vitest'
import * as z from 'zod'
import { flow } from '../../src/core/flow.ts'
import { execute, type StartCall } from '../../src/executor/index.ts'
import { Nested } from '../../src/run/nested.ts'
import { fakeClock } from '../executor/fake-clock.ts'
import { machine } from '../executor/harness.ts'
import { closet, say } from './harness.ts'

const greet = flow({
  input: z.strictObject({ name: z.string(), times: z.number().default(1) }),
  steps: say(closet),
})

const call = (more: Partial<StartCall> = {}): StartCall => ({
  stateMachineArn: 'arn:aws:states:local:000000000000:stateMachine:greet',
  input: { name: 'a' },
  name: undefined,
  key: 'call-1',
  parent: 'arn:parent',
  depth: 1,
  ...more,
})

function nested(states: Readonly<Record<string, object>>) {
  const launched: unknown[] = []
  const clock = fakeClock(5_000)
  const made = new Nested(
    { flows: new Map([['greet', greet]]), clock },
    async (name, found, input, { depth }) => {
      launched.push({ name, found, input, depth })
      return execute({
        machine: machine(states),
        input,
        invoke: () => null,
        clock,
        machineName: name,
        name: 'e',
      })
    },
  )
  return { nested: made, launched }
}

const answer = { A: { Type: 'Pass', Output: 'done', End: true } }

test('a flow is found by its name in the ARN, and gets input that fits it', async () => {
  const { nested: executions, launched } = nested(answer)
  const started = await executions.start(call())
  expect(launched).toEqual([{ name: 'greet', found: greet, input: { name: 'a', times: 1 }, depth: 1 }])
  expect(started).toMatchObject({
    id: 'arn:aws:states:local:000000000000:execution:greet:e',
    name: 'e',
    startedAt: 5_000,
    stateMachineArn: call().stateMachineArn,
  })
  expect(await started.result()).toEqual({ status: 'SUCCEEDED', output: 'done' })
})

test('so is one of another region, in a version of its own', async () => {
  const { nested: executions, launched } = nested(answer)
  await executions.start(call({ stateMachineArn: 'arn:aws:states:eu-west-1:1:stateMachine:greet:live' }))
  expect(launched).toHaveLength(1)
})

test.each([
  [
    'a flow that there is not',
    { stateMachineArn: 'arn:aws:states:local:0:stateMachine:none' },
    'StateMachineDoesNotExist',
    "State Machine Does Not Exist: 'arn:aws:states:local:0:stateMachine:none'",
  ],
  ['what is no state machine', { stateMachineArn: 'greet' }, 'InvalidArn', "Invalid Arn: 'greet'"],
  ['input that does not fit', { input: { name: 5 } }, 'InvalidExecutionInput', 'name'],
])('refuses %s', async (_, more, code, message) => {
  const { nested: executions, launched } = nested(answer)
  await expect(executions.start(call(more))).rejects.toMatchObject({
    name: 'StartRefused',
    code,
    message: expect.stringContaining(message),
  })
  expect(launched).toEqual([])
})

test('what still runs at the end is stopped', async () => {
  const { nested: executions } = nested({ T: { Type: 'Task', Resource: 'x.waitForTaskToken', End: true } })
  const started = await executions.start(call())
  await executions.close()
  expect(await started.result()).toEqual({
    status: 'ABORTED',
    cause: 'The process that executes it ends',
  })
})
