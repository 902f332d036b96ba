import { describe, expect, test } from 'vitest'
import { evaluate, run, start, task } from './harness.ts'

const failed = (text: string) => ({
  status: 'FAILED',
  error: 'States.QueryEvaluationError',
  cause: expect.stringContaining(text),
})

describe('results', () => {
  test.each([
    ['an array of one stays one', '$states.input.one', [1]],
    ['a filter that finds one gives it alone', '$states.input.many[$ > 2]', 3],
    ['a filter that finds several gives an array', '$states.input.many[$ > 1]', [2, 3]],
    ['one that is asked for an array gives one', '$states.input.many[$ > 2][]', [3]],
    ['an array of nothing is empty', '[$states.input.nothing]', []],
    ['an object leaves out what is nothing', '{"a": $states.input.nothing, "b": 1}', { b: 1 }],
    ['null is a value', '$states.input.none', null],
  ])('%s', async (_, expression, answer) => {
    expect(await evaluate(expression, { one: [1], many: [1, 2, 3], none: null })).toEqual(answer)
  })

  test('what one state made is plain data for the next', async () => {
    expect(
      await evaluate('($x := $states.input.many[$ > 2][]; {"l": $x, "n": $count($x)})', { many: [1, 3] }),
    ).toEqual({ l: [3], n: 1 })
  })

  test.each([
    ['nothing', '$states.input.nothing', 'returned nothing (undefined)'],
    ['the root, which there is none of', '$', 'returned nothing (undefined)'],
    ['a function', 'function($x) { $x }', 'what JSONata takes for a function at $'],
    ['a function in an object', '{"f": $sum}', 'what JSONata takes for a function at $.f'],
    ['a number without a text', '1 / 0', 'Infinity at $'],
    [
      'an error of the types',
      '"a" + 1',
      'T2001: The left side of the "+" operator must evaluate to a number',
    ],
    ['an error that it throws itself', '$error("on purpose")', 'D3137: on purpose'],
  ])('%s is an error', async (_, expression, text) => {
    expect(await evaluate(expression)).toEqual(failed(text))
  })
})

describe('hostile expressions end', () => {
  const limits = { evaluationMs: 200 }
  const many = { a: Array.from({ length: 20_000 }, (_, i) => i), s: `${'a'.repeat(80)}b` }

  test.each([
    ['endless recursion', '($f := function($x) { $f($x + 1) }; $f(0))', 'longer than 200 ms'],
    [
      'endless recursion that keeps its place',
      '($f := function($x) { 1 + $f($x) }; $f(0))',
      /longer than 200 ms|too deeply/,
    ],
    ['a product of lists', '$states.input.a.($states.input.a)', 'too much data'],
    ['a long walk', '[1..5000000].($ * 2)', 'longer than 200 ms'],
    [
      'a regular expression that backtracks',
      '$match($states.input.s, /^(a+)+$/)',
      'regular expression took longer',
    ],
    ['one in a replacement', '$replace($states.input.s, /(a|aa)+$/, "")', 'regular expression took longer'],
    ['a string without end', '$pad("x", 1e9)', 'the most is 262144'],
    [
      'a string that doubles',
      '$reduce([1..64], function($x, $y) { $x & $x }, "xx")',
      'Invalid string length',
    ],
  ])('%s', async (_, expression, text) => {
    const result = (await evaluate(expression, many, { limits })) as { cause: string }
    expect(result).toEqual(failed('threw an error during evaluation'))
    expect(result.cause).toMatch(text)
  })

  test('an object within an object within …', async () => {
    const nested = '$reduce([1..5000], function($x, $y) { {"a": $x} }, 1)'
    // Its depth ends it, however slow the machine is.
    const result = await evaluate(nested, {}, { limits: { evaluationMs: 60_000 } })
    expect((result as { cause: string }).cause).toMatch('nested deeper')
  })

  test('and those beside them are evaluated meanwhile', async () => {
    const [bad, good] = await Promise.all([
      evaluate('($f := function() { $f() }; $f())', {}, { limits }),
      evaluate('$map([1, 2], function($x) { $x + 1 })'),
    ])
    expect(bad).toEqual(failed('longer than'))
    expect(good).toEqual([2, 3])
  })

  test('many distinct values are no work', async () => {
    expect(await evaluate('$count($distinct([1..100000]))')).toBe(100_000)
  })

  test.each([
    '$states.input.constructor',
    '$states.input.__proto__',
    '$states.input.toString',
    '$lookup($states.input, "constructor")',
    '$states.input.a.hasOwnProperty',
  ])('%s finds only data', async expression => {
    expect(await evaluate(expression, { a: {} })).toEqual(failed('returned nothing'))
  })

  test('a prototype is out of reach', async () => {
    await evaluate('$states.input.__proto__.__defineGetter__("reached", function() { 1 })')
    await evaluate('$states.input ~> |$.__proto__|{"reached": 1}|')
    await evaluate('$merge([$states.input, {"__proto__": {"reached": 1}}])')
    expect(({} as { reached?: unknown }).reached).toBeUndefined()
  })

  test('data that has the name of something inherited is found', async () => {
    expect(await evaluate('$states.input.constructor.valueOf', { constructor: { valueOf: 1 } })).toBe(1)
    expect(
      await evaluate('$states.input.x.constructor', { x: [{ constructor: 1 }, {}, { constructor: 2 }] }),
    ).toEqual([1, 2])
  })

  test('data that JSONata would take for a function gets nowhere near it', async () => {
    const mark = { _jsonata_lambda: true, body: { type: 'string', value: 'run' }, arguments: [] }
    expect(() => start({ T: task() }, { input: { f: mark } })).toThrow(
      'what JSONata takes for a function at $.f',
    )
    expect(await run({ T: task() }, { invoke: () => [mark] })).toMatchObject({ error: 'States.TaskFailed' })
    expect(await evaluate('$parse($states.input.text)()', { text: JSON.stringify(mark) })).toEqual(
      failed('takes for a function'),
    )
  })
})
