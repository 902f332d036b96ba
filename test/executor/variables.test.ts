import { expect, test } from 'vitest'
import { output } from './harness.ts'

const set = (Assign: object, Next?: string) => ({
  Type: 'Pass',
  Assign,
  ...(Next === undefined ? { End: true } : { Next }),
})
const show = (Output: unknown) => ({ Type: 'Pass', Output, End: true })

test('are there for every later state', async () => {
  expect(
    await output({
      A: set({ x: 1, y: { z: [2] } }, 'B'),
      B: set({}, 'C'),
      C: show(['{% $x %}', '{% $y.z %}']),
    }),
  ).toEqual([1, [2]])
})

test('are assigned at once, from their values before', async () => {
  expect(
    await output({
      A: set({ a: 1, b: 2 }, 'B'),
      B: set({ a: '{% $b %}', b: '{% $a %}' }, 'C'),
      C: show(['{% $a %}', '{% $b %}']),
    }),
  ).toEqual([2, 1])
})

test('take effect after the state, so that its output still sees the old ones', async () => {
  expect(
    await output({
      A: set({ a: 1 }, 'B'),
      B: { Type: 'Pass', Assign: { a: 2 }, Output: '{% $a %}', Next: 'C' },
      C: show(['{% $states.input %}', '{% $a %}']),
    }),
  ).toEqual([1, 2])
})

test('of an outer scope are read inside, and those of an inner one end with it', async () => {
  const inside = {
    StartAt: 'I',
    States: { I: set({ y: '{% $x + 1 %}', x: 'hidden' }, 'J'), J: show(['{% $x %}', '{% $y %}']) },
  }
  const states = {
    A: set({ x: 1 }, 'P'),
    P: { Type: 'Parallel', Branches: [inside, inside], Next: 'M' },
    M: { Type: 'Map', ItemProcessor: inside, Next: 'Z' },
    Z: show({ mapped: '{% $states.input %}', x: '{% $x %}', y: '{% $exists($y) %}' }),
  }
  expect(await output(states)).toEqual({
    mapped: [
      ['hidden', 2],
      ['hidden', 2],
    ],
    x: 1,
    y: false,
  })
})

test('do not stand in for functions that have their name', async () => {
  expect(await output({ A: set({ sum: 5 }, 'B'), B: show(['{% $sum %}', '{% $count([1, 2]) %}']) })).toEqual([
    5, 2,
  ])
})
