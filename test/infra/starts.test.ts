import { describe, expect, test } from 'vitest'
import { startsMachine } from '../../infra/starts.ts'
import type { Json } from '../../src/core/json.ts'
import { execute, TaskError } from '../../src/executor/index.ts'
import { problemsOf } from '../compile/validators.ts'
import { fakeClock } from '../executor/fake-clock.ts'

const request = {
  machine: 'arn:aws:states:eu-central-1:000000000000:stateMachine:closet-night',
  prefix: 'stopAtNight',
  at: '2027-01-31T22:00:00Z',
  input: '{"all":true}',
}

/** Executes the machine beside executions that run, and answers how it ended and what it started. */
async function starting(running: readonly string[], refuse?: TaskError) {
  const started: Json[] = []
  const execution = execute({
    machine: startsMachine,
    input: request,
    clock: fakeClock(),
    invoke: ({ resource, arguments: args }) => {
      if (resource.endsWith(':listExecutions')) {
        expect(args).toEqual({ StateMachineArn: request.machine, StatusFilter: 'RUNNING', MaxResults: 100 })
        return { Executions: running.map(Name => ({ Name, Status: 'RUNNING' })) }
      }
      started.push(args)
      if (refuse) throw refuse
      return { ExecutionArn: 'arn' }
    },
  })
  return { ...(await execution.result()), started }
}

describe('the machine that starts executions of schedules', () => {
  test('is one that Step Functions takes', () => {
    expect(problemsOf(startsMachine)).toEqual([])
  })

  test('starts one by when it was due, with its input', async () => {
    const { status, started } = await starting([])
    expect(status).toBe('SUCCEEDED')
    expect(started).toEqual([
      { StateMachineArn: request.machine, Name: 'stopAtNight-2027-01-31T220000Z', Input: '{"all":true}' },
    ])
  })

  test('leaves it out while the one before goes on', async () => {
    const { status, started } = await starting(['other', 'stopAtNight-2027-01-30T220000Z'])
    expect(status).toBe('SUCCEEDED')
    expect(started).toEqual([])
  })

  test('minds no execution that somebody else began', async () => {
    expect((await starting(['stopAtNightfall-1', 'by-hand'])).started).toHaveLength(1)
  })

  test('takes one that is there already for started: Scheduler may deliver twice', async () => {
    const taken = new TaskError('Sfn.ExecutionAlreadyExistsException')
    const { status, started } = await starting([], taken)
    expect(status).toBe('SUCCEEDED')
    expect(started).toHaveLength(1)
  })

  test('tries again when AWS is busy, and fails aloud in the end', async () => {
    const busy = new TaskError('Sfn.ThrottlingException')
    const { status, started } = await starting([], busy)
    expect(status).toBe('FAILED')
    expect(started).toHaveLength(7)
  })
})
