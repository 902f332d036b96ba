import { expect, test } from 'vitest'
import { output } from '../harness.ts'

test('gives on its input when it declares no output', async () => {
  expect(await output({ A: { Type: 'Pass', End: true } }, { input: [1, { b: null }] })).toEqual([
    1,
    { b: null },
  ])
})

test('evaluates expressions at any depth of its output and leaves other strings alone', async () => {
  const Output = { deep: [{ sum: '{% $states.input.a + 1 %}' }, '$states.input.a', 'a {% b %} c'], n: null }
  expect(await output({ A: { Type: 'Pass', Output, End: true } }, { input: { a: 1 } })).toEqual({
    deep: [{ sum: 2 }, '$states.input.a', 'a {% b %} c'],
    n: null,
  })
})

test('an output of null is null and not the input', async () => {
  expect(await output({ A: { Type: 'Pass', Output: null, End: true } }, { input: 1 })).toBe(null)
})

test('names the place of an expression that gives nothing', async () => {
  expect(
    await output({ A: { Type: 'Pass', Output: { a: ['x', '{% $states.input.b %}'] }, End: true } }),
  ).toEqual({
    status: 'FAILED',
    error: 'States.QueryEvaluationError',
    cause:
      "An error occurred while executing the state 'A' (entered at the event id #2). The JSONata expression '$states.input.b' specified for the field 'Output/a[1]' returned nothing (undefined).",
  })
})

test('a key named __proto__ is data', async () => {
  const input = JSON.parse('{"__proto__": {"a": 1}}')
  const result = await output(
    { A: { Type: 'Pass', Output: { kept: '{% $states.input %}' }, End: true } },
    { input },
  )
  expect(JSON.stringify(result)).toBe('{"kept":{"__proto__":{"a":1}}}')
})
