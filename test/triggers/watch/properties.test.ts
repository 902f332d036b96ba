import { describe, expect, test } from 'vitest'
import type { Reading } from '../../../src/core/readings.ts'
import type { Rules } from '../../../src/core/watches/rules.ts'
import { type WatchState, watchStateSchema } from '../../../src/core/watches/state.ts'
import { decide, newState } from '../../../src/triggers/watch/decide.ts'
import fc from '../../support/fast-check.ts'
import { minute, nothing, read, usualRules } from './make.ts'

const hour = 60 * minute

/** A reading and how long after the one before it comes; none is unknown. */
interface Step {
  readonly after: number
  readonly value: number | undefined
  readonly believed: number
}

const steps = (afters: fc.Arbitrary<number>): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.record({
      after: afters,
      value: fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: 50, max: 90 }) },
        { weight: 1, arbitrary: fc.constant(undefined) },
      ),
      believed: fc.integer({ min: 0, max: 20 * minute }),
    }),
    { maxLength: 120 },
  )

const usual = steps(fc.integer({ min: 0, max: 10 * minute }))
const jumping = steps(
  fc.oneof(fc.integer({ min: 0, max: 10 * minute }), fc.constantFrom(-hour, hour, -24 * hour, 24 * hour)),
)

const someRules: fc.Arbitrary<Rules> = fc.record({
  when: fc.constant((value: number) => value > 70),
  clears: fc.constantFrom(undefined, (value: number) => value < 60),
  on: fc.constantFrom('level', 'edge'),
  forMs: fc.constantFrom(0, minute, 5 * minute, 30 * minute),
  cooldownMs: fc.constantFrom(1_000, 10 * minute, hour),
  budget: fc.record({
    actions: fc.integer({ min: 1, max: 4 }),
    perMs: fc.constantFrom(10 * minute, 2 * hour, 24 * hour),
  }),
  reverses: fc.boolean(),
})

interface Happened {
  readonly at: number
  readonly reading: Reading
  readonly action: string | undefined
  readonly state: WatchState
}

/** Follows the steps as a keeper does: it looks at each reading, and again when it was told to before the next one. */
function follow(rules: Rules, given: readonly Step[], between = (state: WatchState) => state): Happened[] {
  const happened: Happened[] = []
  let state = newState(0, 0)
  let time = 0
  const look = (at: number, reading: Reading) => {
    const decided = decide(rules, between(state), reading, at)
    state = decided.state
    happened.push({ at, reading, action: decided.action, state })
    return decided.wakeAt
  }
  for (const { after, value, believed } of given) {
    const next = time + after
    const before = happened.at(-1)
    let wake = before === undefined ? undefined : look(time, before.reading)
    while (wake !== undefined && wake > state.now && wake < next) wake = look(wake, before!.reading)
    time = next
    look(time, value === undefined ? nothing : read(value, time, believed))
  }
  return happened
}

const acted = (happened: readonly Happened[]) => happened.filter(({ action }) => action !== undefined)
/** A decision is made at the time that its state says: where the clock went back, it has stood still. */
const timesOf = (happened: readonly Happened[]) => acted(happened).map(({ state }) => state.now)

describe.each([
  ['a clock that goes on', usual],
  ['a clock that jumps by an hour or a day', jumping],
])('with %s, a watch', (_, some) => {
  test('never acts on what is unknown, and flow and onClear only on what says so', () => {
    fc.assert(
      fc.property(someRules, some, (rules, given) => {
        for (const { reading, action, state } of acted(follow(rules, given))) {
          expect(reading.known && reading.until >= state.now).toBe(true)
          const { value } = reading as { readonly value: number }
          expect(action === 'flow' ? value > 70 : rules.clears ? value < 60 : value <= 70).toBe(true)
        }
      }),
    )
  })

  test('never does more than its budget in any time of it, nor anything within the cool-down', () => {
    fc.assert(
      fc.property(someRules, some, (rules, given) => {
        const times = timesOf(follow(rules, given))
        const { actions, perMs } = rules.budget
        for (const [index, time] of times.entries()) {
          if (index > 0) expect(time - times[index - 1]!).toBeGreaterThanOrEqual(rules.cooldownMs)
          if (index >= actions) expect(time - times[index - actions]!).toBeGreaterThanOrEqual(perMs)
        }
      }),
    )
  })

  test('never acts before it is known to have held for long enough', () => {
    fc.assert(
      fc.property(someRules, some, (rules, given) => {
        let held = 0
        let last: Happened | undefined
        for (const one of follow(rules, given)) {
          const { reading, state, action } = one
          const { reading: before } = last ?? {}
          if (before?.known && (before.value as number) > 70)
            held += Math.max(0, Math.min(state.now, before.until) - last!.state.now)
          const known = reading.known && reading.until >= state.now
          if (action === 'flow' && state.since === state.now) expect(held).toBeGreaterThanOrEqual(rules.forMs)
          if (known && (reading.value as number) <= 70) held = 0
          last = one
        }
      }),
    )
  })

  test('decides the same when it is started anew at any moment', () => {
    fc.assert(
      fc.property(someRules, some, (rules, given) => {
        const stored = (state: WatchState) => watchStateSchema.parse(JSON.parse(JSON.stringify(state)))
        expect(follow(rules, given, stored)).toEqual(follow(rules, given))
      }),
    )
  })

  test('remembers no more than its budget, however long it goes on', () => {
    fc.assert(
      fc.property(someRules, some, (rules, given) => {
        for (const { state } of follow(rules, given))
          expect(state.actions.length).toBeLessThanOrEqual(rules.budget.actions)
      }),
    )
  })
})

test('a signal that flaps never flaps the action', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 299 })), { minLength: 50, maxLength: 300 }),
      swings => {
        // Never above for as long as the dwell: nothing is done. Between both limits: it is done once.
        const given = swings.map(([high, seconds], index) => ({
          after: seconds * 1_000,
          value: index % 2 === 0 ? 69 : high ? 90 : 71,
          believed: hour,
        }))
        expect(acted(follow(usualRules, given))).toEqual([])
        const hovering = { ...usualRules, forMs: 0, reverses: true, budget: { actions: 100, perMs: hour } }
        expect(acted(follow(hovering, given)).length).toBe(1)
        expect(acted(follow({ ...hovering, reverses: false }, given)).length).toBe(1)
      },
    ),
  )
})

test('a level acts as often as its cool-down lets it and no more', () => {
  const given = Array.from({ length: 601 }, () => ({ after: minute, value: 80, believed: 2 * minute }))
  const rules: Rules = {
    ...usualRules,
    on: 'level',
    cooldownMs: 30 * minute,
    budget: { actions: 100, perMs: hour },
  }
  const times = timesOf(follow(rules, given))
  expect(times).toEqual(Array.from({ length: 20 }, (_, index) => (6 + 30 * index) * minute))
})
