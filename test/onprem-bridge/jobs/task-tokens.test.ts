import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openTaskTokens, type TaskTokens } from '../../../onprem-bridge/jobs/index.ts'
import { type StepFunctions, startStepFunctions } from '../../fakes/step-functions.ts'

const credentials = { accessKeyId: 'nobody', secretAccessKey: 'nothing' }

let sfn: StepFunctions
let tokens: TaskTokens
beforeEach(async () => {
  sfn = await startStepFunctions()
  tokens = openTaskTokens({ region: 'eu-central-1', endpoint: sfn.endpoint, credentials, timeoutMs: 500 })
})
afterEach(async () => {
  await tokens.close()
  await sfn.end()
})

describe('task tokens', () => {
  test('are answered over the wire', async () => {
    sfn.hold('a', 'b', 'c')
    await tokens.heartbeat('a')
    await tokens.succeed('a', '{"fine":true}')
    await tokens.fail('b', 'Boom', 'it broke')
    await tokens.succeed('c', 'null')
    expect(sfn.heartbeats('a')).toBe(1)
    expect(sfn.answerOf('a')).toMatchObject({ action: 'SendTaskSuccess', body: { output: '{"fine":true}' } })
    expect(sfn.answerOf('b')?.body).toEqual({ taskToken: 'b', error: 'Boom', cause: 'it broke' })
    expect(sfn.answerOf('c')?.body.output).toBe('null')
  })

  test('that nobody waits for are gone, by the name of the API', async () => {
    sfn.close('late')
    await expect(tokens.succeed('never', '1')).rejects.toMatchObject({
      name: 'TokenGone',
      why: 'TaskDoesNotExist',
    })
    await expect(tokens.heartbeat('late')).rejects.toMatchObject({ name: 'TokenGone', why: 'TaskTimedOut' })
    await expect(tokens.fail('not a token!', 'a', 'b')).rejects.toMatchObject({ why: 'InvalidToken' })
  })

  test('tell an answer that is never taken from a line that may heal', async () => {
    sfn.hold('a')
    await expect(tokens.succeed('a', 'no json')).rejects.toMatchObject({ name: 'AnswerRefused' })
    await expect(tokens.fail('a', 'x'.repeat(257), '')).rejects.toMatchObject({ name: 'AnswerRefused' })
    sfn.next('ThrottlingException', 500, 'hang up', 'never answer')
    for (let times = 0; times < 4; times++) {
      const failed = tokens.succeed('a', '1')
      await expect(failed).rejects.not.toMatchObject({
        name: expect.stringMatching(/TokenGone|AnswerRefused/),
      })
    }
    expect(sfn.calls).toHaveLength(6)
    await sfn.down()
    await expect(tokens.succeed('a', '1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await sfn.up()
    await tokens.succeed('a', '1')
    expect(sfn.answerOf('a')?.body.output).toBe('1')
  })

  test('are not answered after they were closed', async () => {
    await tokens.close()
    await expect(tokens.heartbeat('a')).rejects.toThrow('was closed')
    expect(sfn.calls).toEqual([])
  })
})
