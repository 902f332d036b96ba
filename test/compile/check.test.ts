import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { check } from '../../src/compile/check/check.ts'
import { CompileRefusal } from '../../src/compile/check/refusal.ts'
import type { StateMachine } from '../../src/core/asl.ts'
import fc from '../support/fast-check.ts'

const folder = path.join(import.meta.dirname, 'fixtures')
const machines = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('expected.asl.json'))
  .map(file => JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as StateMachine)

function machineOf(states: Record<string, object>): StateMachine {
  return { QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0]!, States: states as never }
}

function codeOf(states: Record<string, object>): string {
  try {
    check(machineOf(states))
    return 'taken'
  } catch (error) {
    expect(error).toBeInstanceOf(CompileRefusal)
    return (error as CompileRefusal).code
  }
}

const pass = (more: object) => ({ Type: 'Pass', End: true, ...more })
const output = (text: string) => codeOf({ a: pass({ Output: `{% ${text} %}` }) })

describe('variables', () => {
  test.each([
    '$states.input',
    '$sum([1, 2])',
    '$map([1], function($v, $i) { $v + $i })',
    '($x := 1; $x + 1)',
    '$reduce([1, 2], function($sum, $one) { $sum + $one })',
    '$states.input.a@$v.{ "v": $v }',
    '$states.input.a#$i.{ "i": $i }',
    '$states.input ~> | $ | { "a": 1 } |',
    '$uuid() & $hash("a", "MD5")',
    '$$.a',
    '(function($n) { $n = 0 ? 1 : $n })(3)',
  ])('%s is taken', text => expect(output(text)).toBe('taken'))

  test.each([
    '$nothing',
    '$states.input[$one = 1]',
    '{ "a": [{ "b": $deep }] }',
    '$map([1], function($v) { $w })',
    '$x ~> $sum()',
    '$nothing()',
  ])('%s is refused', text => expect(output(text)).toBe('undefined-variable'))

  test('are seen by the states after the one that assigns them, and not by itself', () => {
    const assigns = { Type: 'Pass', Assign: { x: 1 }, Next: 'b' }
    expect(codeOf({ a: assigns, b: pass({ Output: '{% $x %}' }) })).toBe('taken')
    expect(codeOf({ a: pass({ Assign: { x: 1 }, Output: '{% $x %}' }) })).toBe('undefined-variable')
  })

  test('are seen by every way to a state that may have assigned them', () => {
    const choice = {
      Type: 'Choice',
      Choices: [{ Condition: true, Next: 'b', Assign: { x: 1 } }],
      Default: 'b',
    }
    expect(codeOf({ a: choice, b: pass({ Output: '{% $x %}' }) })).toBe('taken')
  })

  test('of a loop are seen when it comes round', () => {
    const states = {
      a: { Type: 'Pass', Next: 'b' },
      b: { Type: 'Choice', Choices: [{ Condition: '{% $exists($x) %}', Next: 'd' }], Default: 'c' },
      c: { Type: 'Pass', Assign: { x: 1 }, Next: 'b' },
      d: pass({}),
    }
    expect(codeOf(states)).toBe('taken')
  })

  test('are seen within branches and inline items, and not within distributed ones or after them', () => {
    const inside = { StartAt: 'c', States: { c: pass({ Output: '{% $x %}' }) } }
    const assigning = { StartAt: 'c', States: { c: pass({ Assign: { y: 1 } }) } }
    const following = (b: object) => codeOf({ a: { Type: 'Pass', Assign: { x: 1 }, Next: 'b' }, b })
    const map = (Mode: string) => ({
      Type: 'Map',
      ItemProcessor: { ProcessorConfig: { Mode }, ...inside },
      End: true,
    })
    expect(following({ Type: 'Parallel', Branches: [inside], End: true })).toBe('taken')
    expect(following(map('INLINE'))).toBe('taken')
    expect(following(map('DISTRIBUTED'))).toBe('undefined-variable')
    const leaving = {
      a: { Type: 'Parallel', Branches: [assigning], Next: 'b' },
      b: pass({ Output: '{% $y %}' }),
    }
    expect(codeOf(leaving)).toBe('undefined-variable')
  })
})

describe('errors and retries', () => {
  const task = (more: object) => ({
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    End: true,
    ...more,
  })
  const retry = (...Retry: object[]) => codeOf({ a: task({ Retry }) })

  test('States.ALL stands alone and last', () => {
    expect(retry({ ErrorEquals: ['A'] }, { ErrorEquals: ['States.ALL'] })).toBe('taken')
    expect(retry({ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['A'] })).toBe('misplaced-states-all')
    expect(retry({ ErrorEquals: ['A', 'States.ALL'] })).toBe('misplaced-states-all')
  })

  test('the longest delay is above the first', () => {
    expect(retry({ ErrorEquals: ['A'], IntervalSeconds: 5, MaxDelaySeconds: 6 })).toBe('taken')
    expect(retry({ ErrorEquals: ['A'], IntervalSeconds: 5, MaxDelaySeconds: 5 })).toBe(
      'max-delay-not-above-interval',
    )
    expect(retry({ ErrorEquals: ['A'], MaxDelaySeconds: 1 })).toBe('max-delay-not-above-interval')
  })

  test('a heartbeat is below its timeout', () => {
    const beats = (HeartbeatSeconds: unknown, TimeoutSeconds?: unknown) =>
      codeOf({ a: task({ HeartbeatSeconds, ...(TimeoutSeconds === undefined ? {} : { TimeoutSeconds }) }) })
    expect(beats(5, 6)).toBe('taken')
    expect(beats(5)).toBe('taken')
    expect(beats('{% 5 %}', 5)).toBe('taken')
    expect(beats(5, 5)).toBe('heartbeat-not-below-timeout')
  })

  test('arguments see no result, their output does', () => {
    expect(codeOf({ a: task({ Arguments: '{% $states.result %}' }) })).toBe('result-in-arguments')
    expect(codeOf({ a: task({ Arguments: { a: [{ b: "{% $states.'result'.x %}" }] } }) })).toBe(
      'result-in-arguments',
    )
    expect(codeOf({ a: task({ Output: '{% $states.result %}' }) })).toBe('taken')
  })
})

describe('names', () => {
  test.each([
    ['x'.repeat(80), 'taken'],
    ['x'.repeat(81), 'name-too-long'],
    ['\u{1f600}'.repeat(41), 'name-too-long'],
    [' ', 'invalid-name'],
    ['a\nb', 'invalid-name'],
    ['$' + '{HOME}', 'invalid-name'],
    ['é ~ 日本 ?', 'taken'],
  ])('%j: %s', (name, code) => expect(codeOf({ [name]: pass({}) })).toBe(code))
})

describe('a machine that was changed at random', () => {
  /** Every place in a machine, as a path. */
  function* placesIn(value: unknown, at: readonly string[] = []): Generator<readonly string[]> {
    yield at
    if (typeof value === 'object' && value !== null)
      for (const [key, item] of Object.entries(value)) yield* placesIn(item, [...at, key])
  }

  const replacement = fc.oneof(
    fc.constantFrom(
      '{% $x %}',
      '{% $eval("1") %}',
      '{% ( %}',
      '{%%}',
      '{% $states.result %}',
      '{% $ %}',
      '{% /(a/ %}',
    ),
    fc.string({ unit: 'binary', maxLength: 100 }).map(text => `{% ${text} %}`),
    fc.integer({ min: -1, max: 100 }),
    fc.string(),
    fc.constant(['States.ALL', 'A']),
  )

  test('is taken or refused, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...machines),
        fc.array(fc.tuple(fc.nat(), replacement), { minLength: 1, maxLength: 3 }),
        (machine, changes) => {
          const changed = structuredClone(machine)
          for (const [pick, value] of changes) replaceIn(changed, pick, value)
          try {
            check(changed)
          } catch (error) {
            if (!(error instanceof CompileRefusal)) throw error
            expect(error.message).toContain(`[${error.code}]`)
            expect(error.slug).toBe(error.code)
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  /** Replaces a text or a number, so that what comes out still has the shape of a machine. */
  function replaceIn(machine: StateMachine, pick: number, value: unknown): void {
    const places = [...placesIn(machine)].filter(place => {
      const found = place.reduce<any>((at, key) => at[key], machine)
      return (
        !['Type', 'Mode', 'ErrorEquals'].includes(place.at(-1)!) &&
        ['string', 'number'].includes(typeof found)
      )
    })
    const place = places[pick % places.length]!
    const owner = place.slice(0, -1).reduce<any>((at, key) => at[key], machine)
    if (Array.isArray(value) && place.at(-2) === 'ErrorEquals') owner.push(...value)
    else if (!Array.isArray(value)) owner[place.at(-1)!] = value
  }
})
