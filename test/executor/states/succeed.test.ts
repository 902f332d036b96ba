import { expect, test } from 'vitest'
import { output } from '../harness.ts'

test('ends the execution with its output', async () => {
  const states = { S: { Type: 'Succeed', Output: '{% $states.input.a %}' } }
  expect(await output(states, { input: { a: [1] } })).toEqual([1])
})

test('ends only its own branch', async () => {
  const states = {
    P: { Type: 'Parallel', Branches: [{ StartAt: 'S', States: { S: { Type: 'Succeed' } } }], Next: 'After' },
    After: { Type: 'Pass', Output: { after: '{% $states.input %}' }, End: true },
  }
  expect(await output(states, { input: 1 })).toEqual({ after: [1] })
})
