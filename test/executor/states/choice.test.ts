import { expect, test } from 'vitest'
import { output, run } from '../harness.ts'

const Is = (name: string) => ({ Type: 'Pass', Output: { went: name, x: '{% $x %}' }, End: true })

test('takes the first rule that holds, with its own Assign and Output', async () => {
  const states = {
    C: {
      Type: 'Choice',
      Assign: { x: 'default' },
      Choices: [
        { Condition: false, Next: 'A' },
        { Condition: '{% $states.input.n > 1 %}', Next: 'B', Assign: { x: 'rule' } },
        { Condition: true, Next: 'A' },
      ],
      Default: 'A',
    },
    A: Is('A'),
    B: Is('B'),
  }
  expect(await output(states, { input: { n: 2 } })).toEqual({ went: 'B', x: 'rule' })
})

test('goes to Default with the Assign and Output of the state', async () => {
  const states = {
    C: {
      Type: 'Choice',
      Assign: { x: 1 },
      Output: 'given',
      Choices: [{ Condition: false, Next: 'A' }],
      Default: 'B',
    },
    A: Is('A'),
    B: { Type: 'Pass', Output: { in: '{% $states.input %}', x: '{% $x %}' }, End: true },
  }
  expect(await output(states)).toEqual({ in: 'given', x: 1 })
})

test('fails by name when nothing holds and there is no Default', async () => {
  const result = await run({ C: { Type: 'Choice', Choices: [{ Condition: false, Next: 'A' }] }, A: Is('A') })
  expect(result).toMatchObject({ status: 'FAILED', error: 'States.NoChoiceMatched' })
})

test('refuses a condition that is no boolean', async () => {
  const result = await run({
    C: { Type: 'Choice', Choices: [{ Condition: "{% 'yes' %}", Next: 'A' }] },
    A: Is('A'),
  })
  expect(result).toMatchObject({
    error: 'States.QueryEvaluationError',
    cause: expect.stringContaining(
      "specified for the field 'Choices[0]/Condition' returned an unexpected result type. Expected 'boolean', but was 'string' for value: \"yes\"",
    ),
  })
})
