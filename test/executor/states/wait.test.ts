import { describe, expect, test } from 'vitest'
import { parseTimestamp } from '../../../src/executor/states/wait.ts'
import { fakeClock } from '../fake-clock.ts'
import { output, run } from '../harness.ts'

async function waited(fields: object, input = {}): Promise<number | unknown> {
  const clock = fakeClock(1_000_000)
  const result = await run({ W: { Type: 'Wait', End: true, ...fields } }, { clock, input })
  return result.status === 'SUCCEEDED' ? clock.now() - 1_000_000 : result
}

test('waits for its seconds, given or evaluated', async () => {
  expect(await waited({ Seconds: 90 })).toBe(90_000)
  expect(await waited({ Seconds: '{% $states.input.s * 2 %}' }, { s: 5 })).toBe(10_000)
})

test('waits until its timestamp, and not at all for one that has passed', async () => {
  expect(await waited({ Timestamp: '1970-01-01T00:17:00Z' })).toBe(20_000)
  expect(await waited({ Timestamp: '1969-12-31T23:59:59Z' })).toBe(0)
})

test('the clock of expressions is the one that it waits by', async () => {
  expect(await waited({ Timestamp: '{% $fromMillis($millis() + 3000) %}' })).toBe(3_000)
})

test('refuses seconds that are no whole number from zero', async () => {
  for (const Seconds of [-1, 1.5, '{% "1" %}']) {
    expect(await waited({ Seconds })).toMatchObject({
      error: 'States.QueryEvaluationError',
      cause: expect.stringContaining("'Seconds'"),
    })
  }
})

test('gives on its input', async () => {
  expect(await output({ W: { Type: 'Wait', Seconds: 1, End: true } }, { input: 'kept' })).toBe('kept')
})

describe('a timestamp', () => {
  test('has an offset, and may be finer than a millisecond', () => {
    expect(parseTimestamp('1970-01-01T01:00:00.123456789+01:00')).toBe(123)
    expect(parseTimestamp('1970-01-01T00:00Z')).toBe(0)
  })

  test.each([
    '2016-13-05T21:29:29Z',
    '2016-02-31T00:00:00Z',
    '2016-02-01',
    '2016-02-01T00:00:00',
    'tomorrow',
    '',
  ])('is not %j', text => {
    expect(parseTimestamp(text)).toBeUndefined()
  })
})
