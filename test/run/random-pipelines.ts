import {
  choose,
  failed,
  fallback,
  map,
  merge,
  type Operation,
  parallel,
  pick,
  pipe,
  recover,
  retry,
  successful,
  timeout,
  transform,
  wait,
  when,
} from 're-ops'
import type { Turn } from '../fakes/scripted-hosts.ts'
import fc from '../support/fast-check.ts'
import { say } from './harness.ts'

type Step = Operation<any, any>

/** What one host may do at one call; waits are seconds of a clock that costs none. */
const turn: fc.Arbitrary<Turn> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<Turn>('yes', 'no', '') },
  fc
    .constantFrom('unreachable', 'auth', 'host-key', 'timeout', 'exit', 'exception', 'cancelled', 'unknown')
    .map(code => ({ fails: code }) as Turn),
  fc.constantFrom<Turn>({ exits: 1 }, { throws: new TypeError('a mistake') }, 'hang'),
  fc.integer({ min: 1, max: 20 }).map(seconds => ({ after: seconds * 1000, says: 'late' }) as Turn),
)

/** A script for three hosts, by two ways. */
export const script = fc.record(
  Object.fromEntries(
    ['a', 'b', 'c', 'a by agent', 'b by agent', 'c by agent'].map(key => [
      key,
      fc.array(turn, { minLength: 1, maxLength: 4 }),
    ]),
  ),
)

/** Steps that take an outcome of hosts and answer one. */
const leaf: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('one', 'two').map(word => say(word) as Step) },
  fc
    .constantFrom<() => Step>(
      () => pick(successful),
      () => pick(failed),
      () => pick(result => result.ok && result.value === 'yes'),
      () => pick(result => !result.ok && result.code === 'exit'),
      () => pick(() => false),
      () => map(value => `${value}!`),
      () =>
        map((value, { host }) => {
          if (host === 'b') throw new Error('not b')
          return value
        }),
      () => map((value, { host }) => (host === 'c' ? new Date(0) : value)),
      () => wait('5s'),
      () => transform(outcome => outcome),
      () => when(() => true),
    )
    .map(make => make()),
)

const { step } = fc.letrec<{ step: Step; several: Step }>(tie => ({
  several: fc
    .array(tie('step'), { minLength: 1, maxLength: 3 })
    .map(steps => (pipe as (...all: Step[]) => Step)(...steps)),
  step: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 5, arbitrary: leaf },
    fc
      .tuple(tie('several'), fc.integer({ min: 2, max: 3 }))
      .map(([body, attempts]) => retry(body, { attempts }) as Step),
    tie('several').map(body => fallback(body, 'agent') as Step),
    fc
      .tuple(tie('several'), fc.integer({ min: 1, max: 30 }))
      .map(([body, after]) => timeout(body, after) as Step),
    tie('several').map(
      body =>
        recover(
          body,
          transform(() => 'never'),
        ) as Step,
    ),
    fc
      .tuple(tie('several'), tie('several'))
      .map(([yes, no]) => choose((outcome: any) => outcome.successful.length > 1, yes, no) as Step),
    fc.tuple(tie('several'), tie('several')).map(([a, b]) => pipe(parallel(a, b), merge() as Step) as Step),
  ),
}))

/** Up to four random steps, to follow a first one that acts on hosts. */
export const steps: fc.Arbitrary<Step[]> = fc.array(step, { maxLength: 4 })
