import type { FailureCode } from '../../src/core/outcome.ts'
import fc from '../support/fast-check.ts'

/** What one call of one step on one host does: a value, or a failure. */
export type Turn = number | FailureCode

/** The calls of one step: by host and way, one after the other, the last for all that follow. */
export type Turns = Readonly<Record<string, readonly Turn[]>>

/** A pipeline as plain data, of which both the real one and the reference's reading are made. */
export type Shape =
  | { readonly kind: 'act'; readonly id: number; readonly turns: Turns }
  | { readonly kind: 'pick'; readonly who: 'successful' | 'failed' | 'even' }
  | { readonly kind: 'map'; readonly how: 'add one' | 'throw at odd' }
  | { readonly kind: 'gate'; readonly atLeast: number }
  | { readonly kind: 'choose'; readonly atLeast: number; readonly yes: Shape; readonly no: Shape | undefined }
  | { readonly kind: 'pipe'; readonly steps: readonly Shape[] }
  | { readonly kind: 'both'; readonly branches: readonly Shape[] }
  | { readonly kind: 'each'; readonly inline: boolean; readonly body: Shape }
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'retry'; readonly attempts: number; readonly body: Shape }
  | { readonly kind: 'timeout'; readonly body: Shape }
  | { readonly kind: 'recover'; readonly atLeast: number; readonly body: Shape }
  | { readonly kind: 'poll'; readonly atLeast: number; readonly seconds: number; readonly body: Shape }
  | { readonly kind: 'fallback'; readonly body: Shape }

export const hostNames = ['a', 'b', 'c'] as const

const turn: fc.Arbitrary<Turn> = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 9 }) },
  { weight: 3, arbitrary: fc.constantFrom<FailureCode>('unreachable', 'exit', 'timeout', 'exception') },
  { weight: 1, arbitrary: fc.constantFrom<FailureCode>('auth', 'host-key', 'unknown', 'cancelled') },
)

const turns: fc.Arbitrary<Turns> = fc.record(
  Object.fromEntries(
    hostNames
      .flatMap(host => [host, `${host} by agent`])
      .map(key => [key, fc.array(turn, { minLength: 1, maxLength: 3 })]),
  ),
)

const act = fc.record({ kind: fc.constant('act' as const), id: fc.constant(0), turns })
const atLeast = fc.integer({ min: 0, max: 3 })

const { shape } = fc.letrec<{ shape: Shape; leaf: Shape }>(tie => ({
  leaf: fc.oneof(
    { weight: 6, arbitrary: act },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('pick' as const),
        who: fc.constantFrom('successful' as const, 'failed' as const, 'even' as const),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('map' as const),
        how: fc.constantFrom('add one' as const, 'throw at odd' as const),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('gate' as const), atLeast }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 5 }) }),
    },
  ),
  shape: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'pipeline' },
    tie('leaf'),
    fc.record({
      kind: fc.constant('pipe' as const),
      steps: fc.array(tie('shape'), { minLength: 1, maxLength: 4 }),
    }),
    fc.record({
      kind: fc.constant('choose' as const),
      atLeast,
      yes: tie('shape'),
      no: fc.option(tie('shape'), { nil: undefined }),
    }),
    fc.record({
      kind: fc.constant('both' as const),
      branches: fc.array(tie('shape'), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant('each' as const), inline: fc.boolean(), body: tie('shape') }),
    fc.record({ kind: fc.constant('retry' as const), attempts: fc.integer({ min: 2, max: 3 }), body: act }),
    fc.record({ kind: fc.constant('timeout' as const), body: tie('shape') }),
    fc.record({ kind: fc.constant('recover' as const), atLeast, body: tie('shape') }),
    fc.record({
      kind: fc.constant('poll' as const),
      atLeast,
      seconds: fc.integer({ min: 1, max: 6 }),
      body: act,
    }),
    fc.record({ kind: fc.constant('fallback' as const), body: act }),
  ),
}))

/** Random pipelines, bounded in depth and width; every step that acts on hosts has a number of its own. */
export const shapes: fc.Arbitrary<Shape> = shape.map(one => number(one, { last: 0 }))

function number(one: Shape, count: { last: number }): Shape {
  switch (one.kind) {
    case 'act':
      return { ...one, id: ++count.last }
    case 'pipe':
      return { ...one, steps: one.steps.map(step => number(step, count)) }
    case 'both':
      return { ...one, branches: one.branches.map(branch => number(branch, count)) }
    case 'choose':
      return { ...one, yes: number(one.yes, count), no: one.no && number(one.no, count) }
    case 'each':
    case 'retry':
    case 'timeout':
    case 'recover':
    case 'poll':
    case 'fallback':
      return { ...one, body: number(one.body, count) }
    default:
      return one
  }
}
