import { expect, test } from 'vitest'
import { run } from '../harness.ts'

test('fails with what it says, given or evaluated', async () => {
  expect(
    await run(
      { F: { Type: 'Fail', Error: 'Broken', Cause: '{% "by " & $states.input.who %}' } },
      { input: { who: 'me' } },
    ),
  ).toEqual({
    status: 'FAILED',
    error: 'Broken',
    cause: 'by me',
  })
})

test('may say nothing', async () => {
  expect(await run({ F: { Type: 'Fail' } })).toEqual({ status: 'FAILED' })
})

test('a cause that is no text is an error of its own', async () => {
  expect(await run({ F: { Type: 'Fail', Cause: '{% 1 %}' } })).toMatchObject({
    error: 'States.QueryEvaluationError',
  })
})
