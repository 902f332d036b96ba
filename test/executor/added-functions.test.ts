import jsonata from 'jsonata'
import { describe, expect, test } from 'vitest'
import fc from '../support/fast-check.ts'
import { fakeClock } from './fake-clock.ts'
import { evaluate, output } from './harness.ts'

const failed = (text: string) => ({
  status: 'FAILED',
  error: 'States.QueryEvaluationError',
  cause: expect.stringContaining(text),
})

test.each([
  ['$partition([1..5], 2)', [[1, 2], [3, 4], [5]]],
  ['$partition([], 2)', []],
  ['$range(1, 10, 3)', [1, 4, 7, 10]],
  ['$range(5, 1, -2)', [5, 3, 1]],
  ['$hash("a", "MD5")', '0cc175b9c0f1b6a831c399e269772661'],
  ['$hash("a", "SHA-1")', '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8'],
  ['$length($hash({"a": 1}, "SHA-512"))', 128],
  ['$parse("{\\"a\\": [1]}").a', [1]],
  ['$map(["[1]", "2"], $parse)', [[1], 2]],
  ['$random(7) = $random(7)', true],
  ['$lookup([{"a": 1}, {"a": [2, 3]}, {}], "a")', [1, 2, 3]],
  ['$lookup({"a": {"b": 1}}, "a").b', 1],
])('%s', async (expression, answer) => {
  expect(await evaluate(expression)).toEqual(answer)
})

test.each([
  '$partition([1], 0)',
  '$range(1, 2, 0)',
  '$range(1, 2)',
  '$range(1, 10000000, 1)',
  '$hash("a", "CRC")',
  '$parse("{")',
  '$parse(1)',
  '$random("a")',
])('%s is refused', async expression => {
  expect(await evaluate(expression)).toEqual(failed('threw an error during evaluation'))
})

test('$uuid gives another one each time, of version 4', async () => {
  const [one, two] = (await evaluate('[$uuid(), $uuid()]')) as string[]
  expect(one).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(one).not.toBe(two)
})

test('$random, $now and $millis come from the ports', async () => {
  const options = { clock: fakeClock(86_400_000), random: () => 0.25 }
  expect(await evaluate('[$random(), $millis(), $now(), $now("[Y]")]', {}, options)).toEqual([
    0.25,
    86_400_000,
    '1970-01-02T00:00:00.000Z',
    '1970',
  ])
})

test('$eval is not there', async () => {
  expect(await evaluate('$eval("1 + 1")')).toEqual(failed('T1006'))
  expect(await evaluate('$exists($eval)')).toBe(false)
})

describe('those that replace one of JSONata', () => {
  test('$pad answers as the original', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme', maxLength: 8 }),
        fc.integer({ min: -12, max: 12 }),
        fc.option(fc.string({ maxLength: 3 }), { nil: undefined }),
        async (text, width, fill) => {
          const call = `$pad(t, ${width}${fill === undefined ? '' : ', f'})`
          const theirs = await jsonata(call).evaluate({ t: text, f: fill })
          expect(
            await evaluate(`$states.input.${call.replace('t,', '$.t,').replace(', f', ', $.f')}`, {
              t: text,
              ...(fill === undefined ? {} : { f: fill }),
            }),
          ).toEqual(theirs)
        },
      ),
    )
  })

  test('$distinct answers as the original', async () => {
    const item = fc.constantFrom<unknown>(
      1,
      '1',
      true,
      'true',
      null,
      'null',
      0,
      [],
      [1],
      {},
      { a: 1, b: 2 },
      { b: 2, a: 1 },
      { a: 1 },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(item, { maxLength: 10 }), async items => {
        const theirs = await jsonata('[$distinct(x)]').evaluate({ x: items })
        expect(
          await output(
            { P: { Type: 'Pass', Output: '{% [$distinct($states.input.x)] %}', End: true } },
            { input: { x: items } as never },
          ),
        ).toEqual(JSON.parse(JSON.stringify(theirs)))
      }),
    )
  })
})
