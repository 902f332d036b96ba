import {
  each,
  exec,
  expression,
  fallback,
  flow,
  hosts,
  named,
  operation,
  parallel,
  pick,
  pipe,
  poll,
  recover,
  retry,
  some,
  source,
  timeout,
  transform,
  wait,
  when,
} from 're-ops'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { type Duration, toSeconds } from '../../src/core/duration.ts'
import { asExpression, expressionsIn, isExpression } from '../../src/core/expression.ts'
import { isFlow, parseInput } from '../../src/core/flow.ts'
import { isOperation } from '../../src/core/operation/operation.ts'
import { hasRefs, inputRef, refTarget } from '../../src/core/ref.ts'

const one = transform((n: number) => n)
const invalid = expect.objectContaining({ name: 'InvalidArguments', slug: 'invalid-arguments' })

describe('durations', () => {
  test.each<[Duration, number]>([
    [5, 5],
    ['90s', 90],
    ['1.5m', 90],
    ['2h', 7_200],
    ['1d', 86_400],
  ])('%s is %d seconds', (text, seconds) => expect(toSeconds(text, 'x')).toBe(seconds))

  test.each([
    0,
    -1,
    0.5,
    '0.5s',
    '5',
    '5w',
    ' 5s',
    'NaN',
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '9e9s',
    100_000_000,
  ])('refuses %s and says what it takes', value =>
    expect(() => toSeconds(value as Duration, 'retry every')).toThrow(/retry every .*whole seconds/),
  )
})

describe('expressions', () => {
  test('are strings between braces and percent signs', () => {
    expect(isExpression('{% 1 %}')).toBe(true)
    for (const other of ['{% 1', '1 %}', ' {% 1 %}', 5, null, { a: 1 }])
      expect(isExpression(other)).toBe(false)
    expect(asExpression('$x')).toBe('{% $x %}')
  })

  test('are found at any depth, with their place', () => {
    expect([...expressionsIn({ a: ['{% 1 %}', 'x'], b: { c: '{%2%}' } })]).toEqual([
      { path: 'a.0', text: ' 1 ' },
      { path: 'b.c', text: '2' },
    ])
    expect([...expressionsIn(undefined)]).toEqual([])
  })
})

describe('references', () => {
  test('say which part of the input they stand for', () => {
    const input = inputRef<{ a: { b: string } }>()
    expect(refTarget(input.a.b)).toEqual({ path: ['a', 'b'] })
    expect(refTarget(expression('1'))).toEqual({ expression: '1' })
    for (const plain of [null, 5, 'x', {}, []]) expect(refTarget(plain)).toBeUndefined()
  })

  test('are found anywhere in arguments', () => {
    expect(hasRefs({ a: [{ b: inputRef() }] })).toBe(true)
    expect(hasRefs({ a: [{ b: 1 }], c: null })).toBe(false)
  })
})

describe('pipelines are inert values', () => {
  test('frozen, and made without doing anything', () => {
    let called = false
    const pipeline = pipe(
      source(1),
      transform(() => {
        called = true
      }),
    )
    expect(Object.isFrozen(pipeline)).toBe(true)
    expect(isOperation(pipeline)).toBe(true)
    expect(called).toBe(false)
    for (const other of [null, {}, () => 1, 'x']) expect(isOperation(other)).toBe(false)
  })

  test('pipes flatten', () => {
    expect(pipe(one, pipe(one, pipe(one))).step).toMatchObject({ kind: 'pipe', steps: [{}, {}, {}] })
    expect(pipe(one).step).toBe(one.step)
  })

  test.each<[string, () => unknown]>([
    ['a pipe of nothing', () => (pipe as any)()],
    ['a function in a pipe', () => (pipe as any)(one, (n: number) => n)],
    ['an operation that was not called', () => (pipe as any)(exec)],
    ['parallel of nothing', () => (parallel as any)()],
    ['a retry of one attempt', () => retry(one, { attempts: 1 })],
    ['an option that there is not', () => retry(one, { atempts: 3 } as any)],
    ['a code that there is not', () => retry(one, { codes: ['tired' as any] })],
    ['a retry of no length', () => retry(one, { every: 0 })],
    ['a retry that waits for years', () => retry(one, { max: '400d' })],
    ['a fallback to what is no transport', () => fallback(one, 'SSH 2')],
    ['a recover of no error', () => recover(one, one as any, { errors: [] })],
    ['a wait until no moment', () => wait({ until: 'soon' })],
    ['a timeout of half a second', () => timeout(one, 0.5)],
    ['a poll of no length', () => poll(one, () => true, 0, 1)],
    ['each with no concurrency', () => each(one, { concurrency: 0 })],
    ['a source that JSON changes', () => source({ at: new Date() })],
    ['a flow of no steps', () => flow({ input: z.strictObject({}), steps: (() => 5) as any })],
    ['an operation with an odd name', () => operation({ ...options, name: '1 x' })],
    ['a cloud operation of no capability', () => operation({ ...options, site: 'cloud' })],
    ['arguments that do not fit', () => operation(options)({ n: 'x' } as any)],
  ])('%s is refused', (_name, make) => expect(make).toThrow(invalid))

  test('a function in a pipe is told what to do', () => {
    expect(() => (pipe as any)(one, () => 1)).toThrow('argument 2 is not an operation; call it, or wrap')
  })
})

const options = {
  name: 'x',
  site: 'code',
  effect: 'read',
  schema: z.strictObject({ n: z.number() }),
  handle: (data: unknown) => data,
} as const

describe('operations', () => {
  test('check their arguments when they are made, and wait with references', () => {
    const make = operation(options)
    expect(make({ n: 1 }).step).toMatchObject({ kind: 'task', args: { n: 1 }, label: 'x' })
    expect(make({ n: expression<number>('1') }).step).toMatchObject({ label: 'x' })
  })

  test('have the bounds of their site', () => {
    const bounds = (more: object) => {
      const { definition } = operation({ ...options, ...more } as any)({ n: 1 } as any).step as any
      return [definition.timeoutSeconds, definition.heartbeatSeconds, definition.functionName]
    }
    expect(bounds({})).toEqual([60, undefined, 'CodeFunction'])
    expect(bounds({ site: 'cloud', capability: 'ec2' })).toEqual([900, undefined, 'Ec2Function'])
    expect(bounds({ site: 'onprem' })).toEqual([86_400, 60, 'BridgeFunction'])
    expect(bounds({ site: 'onprem', timeoutSeconds: 9, heartbeatSeconds: 3 })).toEqual([
      9,
      3,
      'BridgeFunction',
    ])
  })

  test.each([0, -5, 1.5, 100_000_000, Number.NaN])('refuse %s as seconds', seconds => {
    expect(() => operation({ ...options, timeoutSeconds: seconds })).toThrow(invalid)
    expect(() => operation({ ...options, heartbeatSeconds: seconds })).toThrow(invalid)
  })
})

describe('named', () => {
  const labels = (step: any): string[] =>
    step.kind === 'pipe'
      ? step.steps.flatMap(labels)
      : [step.label ?? (step.gate ?? step.test ?? step.items ?? step.until)?.label]

  test('names the step that does the work', () => {
    expect(labels(named('mine', exec(hosts(['a']), 'uptime')).step)).toEqual(['on a', 'mine'])
    expect(
      labels(
        named(
          'mine',
          when(() => true),
        ).step,
      ),
    ).toEqual(['mine'])
    expect(labels(named('mine', each(one)).step)).toEqual(['mine'])
    expect(
      labels(
        named(
          'mine',
          poll(one, () => true, 1, 2),
        ).step,
      ),
    ).toEqual(['mine'])
    expect(labels(named('mine', parallel(one)).step)).toEqual(['mine'])
    expect(labels((named('mine', retry(one)).step as any).body)).toEqual(['mine'])
  })

  test('leaves the operation that it is given as it was', () => {
    named('mine', one)
    expect(labels(one.step)).toEqual(['transform'])
  })

  test('closures give their own name to their step', () => {
    const isHot = () => true
    expect(labels(when(isHot).step)).toEqual(['when isHot'])
    expect(labels(pick(result => result.ok).step)).toEqual(['pick'])
    expect(labels(when(some(isHot)).step)).toEqual(['when some isHot'])
  })
})

describe('flows', () => {
  const greet = flow({
    input: z.strictObject({ n: z.int().default(1) }),
    description: 'x',
    steps: ({ n }) => source(n),
  })

  test('are operations that know their input', () => {
    expect(isFlow(greet)).toBe(true)
    expect(isFlow(one)).toBe(false)
    expect(greet.description).toBe('x')
    expect(parseInput('greet', greet, {})).toEqual({ n: 1 })
  })

  test('name the field that is wrong', () => {
    expect(() => parseInput('greet', greet, { n: 'x', m: 1 })).toThrow(
      expect.objectContaining({ name: 'InvalidInput', message: expect.stringMatching(/^greet: n: /) }),
    )
  })
})
