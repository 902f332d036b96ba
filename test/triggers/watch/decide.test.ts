import { describe, expect, test } from 'vitest'
import type { Reading } from '../../../src/core/readings.ts'
import type { Rules } from '../../../src/core/watches/rules.ts'
import { decide, newState } from '../../../src/triggers/watch/decide.ts'
import { minute, nothing, read, usualRules } from './make.ts'

/** Goes through readings at minutes, and says what was decided at each. */
function follow(rules: Partial<Rules>, steps: readonly (readonly [number, number | Reading])[]): string[] {
  let state = newState(0, 0)
  return steps.map(([at, value]) => {
    const reading = typeof value === 'number' ? read(value, at * minute) : value
    const decided = decide({ ...usualRules, ...rules }, state, reading, at * minute)
    state = decided.state
    return decided.code
  })
}

describe('a dwell', () => {
  test('acts once it has held for long enough, in every reading', () => {
    expect(
      follow({}, [
        [0, 71],
        [2, 72],
        [4, 73],
        [5, 71],
        [6, 75],
      ]),
    ).toEqual(['waiting', 'waiting', 'waiting', 'act', 'standing'])
  })

  test('is broken by one reading for which it does not hold', () => {
    expect(
      follow({}, [
        [0, 71],
        [4, 69],
        [5, 71],
        [9, 71],
        [10, 71],
      ]),
    ).toEqual(['waiting', 'broken', 'waiting', 'waiting', 'act'])
  })

  test('does not count the time in which nothing is known, and goes on after it', () => {
    expect(
      follow({}, [
        [0, 71],
        [2, nothing],
        [5, 71],
        [7, 71],
        [8, 71],
      ]),
    ).toEqual(['waiting', 'unknown', 'waiting', 'waiting', 'act'])
  })

  test('begins anew after a silence that is longer than itself', () => {
    expect(
      follow({}, [
        [0, 71],
        [4, nothing],
        [10, 71],
        [14, 71],
        [15, 71],
      ]),
    ).toEqual(['waiting', 'unknown', 'waiting', 'waiting', 'act'])
  })

  test('counts no longer than a reading may be believed, where we were down', () => {
    // The one reading vouches for ten minutes, so the deadline has passed; in the second case only for two.
    expect(
      follow({}, [
        [0, 71],
        [9, 71],
      ]),
    ).toEqual(['waiting', 'act'])
    expect(
      follow({}, [
        [0, read(71, 0, 2 * minute)],
        [6, 71],
        [8, 71],
        [9, 71],
      ]),
    ).toEqual(['waiting', 'waiting', 'waiting', 'act'])
  })

  test('says when to look again', () => {
    const first = decide(usualRules, newState(0, 0), read(71, 0), 0)
    expect(first.wakeAt).toBe(5 * minute)
    expect(decide(usualRules, first.state, read(71, 0), 5 * minute).code).toBe('act')
    const short = decide(usualRules, newState(0, 0), read(71, 0, minute), 0)
    expect(short.wakeAt).toBe(minute + 1)
    expect(decide(usualRules, short.state, read(71, 0, minute), minute + 1).unknown?.reason).toBe('stale')
  })
})

describe('what has held', () => {
  test('is over when it clears, and not before', () => {
    expect(
      follow({ forMs: 0 }, [
        [0, 71],
        [1, 65],
        [2, 71],
        [3, 59],
        [40, 71],
      ]),
    ).toEqual(['act', 'between', 'standing', 'cleared', 'act'])
  })

  test('is over as soon as it does not hold where nothing else is said', () => {
    expect(
      follow({ forMs: 0, clears: undefined, cooldownMs: minute }, [
        [0, 71],
        [1, 70],
        [2, 71],
      ]),
    ).toEqual(['act', 'cleared', 'act'])
  })

  test('makes an edge act once and a level again after each cool-down', () => {
    const steps = [0, 10, 30, 59, 60].map(at => [at, 71] as const)
    expect(follow({ forMs: 0, on: 'edge' }, steps)).toEqual([
      'act',
      'standing',
      'standing',
      'standing',
      'standing',
    ])
    expect(follow({ forMs: 0, on: 'level' }, steps)).toEqual(['act', 'standing', 'act', 'standing', 'act'])
  })
})

test('what the cool-down holds back is done after it, where there is still reason to', () => {
  const hotAgain = [
    [0, 71],
    [1, 50],
    [2, 71],
  ] as const
  expect(follow({ forMs: 0 }, [...hotAgain, [29, 71], [30, 71]])).toEqual([
    'act',
    'cleared',
    'cooling',
    'cooling',
    'act',
  ])
  expect(follow({ forMs: 0 }, [...hotAgain, [29, 50], [30, 50]]).slice(3)).toEqual(['cleared', 'calm'])
})

test('the budget holds back what is beyond it until the oldest action is out of its time', () => {
  const rules = {
    forMs: 0,
    cooldownMs: minute,
    on: 'level',
    budget: { actions: 2, perMs: 10 * minute },
  } as const
  const steps = [0, 1, 2, 9, 10, 11, 12].map(at => [at, 71] as const)
  expect(follow(rules, steps)).toEqual(['act', 'act', 'spent', 'spent', 'act', 'act', 'spent'])
  const state = { ...newState(0, 0), actions: [0, minute], sequence: 2, now: minute }
  expect(decide({ ...usualRules, ...rules }, state, read(71, 2 * minute), 2 * minute).wakeAt).toBe(
    10 * minute,
  )
})

describe('a reverse', () => {
  const rules = { forMs: 0, reverses: true, cooldownMs: 10 * minute }

  test('is done once it has cleared, within cool-down and budget as all that is done', () => {
    expect(
      follow(rules, [
        [0, 71],
        [5, 50],
        [9, 50],
        [10, 50],
        [11, 50],
      ]),
    ).toEqual(['act', 'cooling', 'cooling', 'reverse', 'calm'])
  })

  test('is forgotten where it holds again, and what stands is not done a second time', () => {
    expect(
      follow(rules, [
        [0, 71],
        [5, 50],
        [8, 71],
        [12, 71],
        [13, 50],
      ]),
    ).toEqual(['act', 'cooling', 'standing', 'standing', 'reverse'])
  })

  test('is not done where nothing was', () => {
    expect(
      follow({ ...rules, forMs: 5 * minute }, [
        [0, 71],
        [1, 50],
        [2, 50],
      ]),
    ).toEqual(['waiting', 'broken', 'calm'])
  })
})

test('a function that throws, or answers neither true nor false, makes the reading unknown', () => {
  const state = newState(0, 0)
  const throwing = { ...usualRules, when: (value: any) => value.degrees.celsius > 70 }
  expect(decide(throwing, state, read(71, 0), 0)).toMatchObject({
    code: 'unknown',
    unknown: { reason: 'failed' },
  })
  const vague = { ...usualRules, when: (() => 'hot') as never }
  expect(decide(vague, state, read(71, 0), 0).unknown?.why).toBe(
    'when answered hot, which is neither true nor false',
  )
})

test('time that goes backwards is taken to stand still', () => {
  const acted = decide({ ...usualRules, forMs: 0 }, newState(0, 1_000), read(71, 1_000), 1_000).state
  const { state } = decide(usualRules, acted, read(71, 500), 500)
  expect(state.now).toBe(1_000)
  expect(state.cooldownUntil).toBe(1_000 + usualRules.cooldownMs)
})
