import { expect, test } from 'vitest'
import type { Guard, Watch } from '../../../../src/core/watch.ts'
import type { KeptDecision } from '../../../../src/core/watches/state.ts'
import { backtest } from '../../../../src/triggers/watch/backtest.ts'
import fc from '../../../support/fast-check.ts'
import { minute } from '../make.ts'
import { type Fault, heat, openWorld, rooms, told, watchOn } from './world.ts'

const hour = 60 * minute
/** Readings begin here: nothing is of before the epoch. */
const begin = 1_000 * hour

interface Step {
  readonly after: number
  readonly value: number | undefined
  readonly room: 'a' | 'b'
}

const step: fc.Arbitrary<Step> = fc.record({
  after: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 1, max: 6 * minute }) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 * hour }) },
  ),
  value: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 50, max: 90 }) },
    { weight: 6, arbitrary: fc.integer({ min: 71, max: 90 }) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  ),
  room: fc.constantFrom('a', 'b'),
})

const someRules = fc.record({
  clears: fc.constantFrom(undefined, (value: number) => value < 60),
  on: fc.constantFrom<Array<'level' | 'edge'>>('level', 'edge'),
  for: fc.constantFrom(undefined, '1m' as const, '5m' as const, '30m' as const),
  cooldown: fc.constantFrom('1s' as const, '10m' as const, '1h' as const),
  budget: fc.record({
    actions: fc.integer({ min: 1, max: 4 }),
    per: fc.constantFrom('10m' as const, '2h' as const, '1d' as const),
  }),
})

type Rules = Pick<Guard<number>, 'clears' | 'on' | 'for' | 'cooldown' | 'budget'>
const watchBy = (of: typeof heat, { for: dwell, clears, ...rest }: any, reverses: boolean): Watch =>
  watchOn(of, { ...rest, ...(dwell && { for: dwell }), ...(clears && { clears }) } as Rules, { reverses })

test.each([
  ['one topic', heat],
  ['the highest of two topics', rooms('max')],
  ['the lowest of two topics', rooms('min')],
])('on %s it decides what a watch at home decides on the same readings', async (_, sensor) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      someRules,
      fc.boolean(),
      async (steps, rules, reverses) => {
        const watch = watchBy(sensor, rules, reverses)
        const topicOf = ({ room }: Step) => (sensor === heat ? heat.topic : `closet/${room}/heat`)
        const world = openWorld({ watch })
        let at = begin
        const readings = steps.map(one => {
          at += one.after
          return { at, topic: topicOf(one), value: one.value }
        })
        const end = at + 3 * hour
        await world.passTo(begin)
        for (const { at, topic, value } of readings) {
          await world.passTo(at)
          await world.hear(told(value, at, topic, sensor.name))
        }
        await world.passTo(end)
        const said = readings.map(one => ({ ...one, source: sensor.name, why: 'no number' }))
        const { fires } = backtest(watch, said, { from: begin, to: end })
        expect([...world.started.values()].map(({ at, kind, input }) => [at, kind, input])).toEqual(
          fires.map(({ at, kind, value }) => [at, kind, JSON.stringify({ value })]),
        )
      },
    ),
    { numRuns: 120 },
  )
})

interface Trouble {
  readonly faults: readonly Fault[]
  readonly choices: readonly number[]
  /** By steps: how many times it comes, and which of those before it comes again. */
  readonly again: readonly { readonly times: number; readonly older: number }[]
}

const trouble = (...faults: Fault[]): fc.Arbitrary<Trouble> =>
  fc.record({
    faults: fc.array(fc.constantFrom<Fault[]>('none', 'none', 'none', ...faults), {
      minLength: 20,
      maxLength: 60,
    }),
    choices: fc.array(fc.nat(1_000), { minLength: 20, maxLength: 60 }),
    again: fc.array(fc.record({ times: fc.integer({ min: 1, max: 3 }), older: fc.nat(5) }), {
      minLength: 5,
      maxLength: 20,
    }),
  })

/** Goes through readings that come twice, late and at once, to executions whose answers get lost or that die. */
async function goThrough(
  watch: Watch,
  steps: readonly Step[],
  { faults, choices, again }: Trouble,
  after: (world: ReturnType<typeof openWorld>) => void = () => {},
) {
  let calls = 0
  let picks = 0
  let calm = false
  const fault = () => (calm ? 'none' : faults[calls++ % faults.length]!)
  const world = openWorld({ watch, fault, choose: count => choices[picks++ % choices.length]! % count })
  let at = begin
  await world.passTo(begin)
  const readings = steps.map(({ after, value }) => {
    at += after
    return told(value, at)
  })
  for (const [index, reading] of readings.entries()) {
    const { times, older } = again[index % again.length]!
    await world.passTo(reading.at)
    after(world)
    await world.hear(...Array.from({ length: times }, () => reading), readings[Math.max(0, index - older)])
    after(world)
  }
  calm = true
  // Somebody comes within the time in which what was decided is still done.
  await world.hear(told(undefined, world.now() + 1))
  const log = await decisionsOf(world)
  return { world, log }
}

async function decisionsOf(world: ReturnType<typeof openWorld>): Promise<readonly KeptDecision[]> {
  const log: KeptDecision[] = []
  const listed = world.store
    .decisions('hot', { limit: 10_000 })
    .then(all => void log.push(...all.toReversed()))
  await world.hear(undefined)
  await listed
  return log
}

const ms = { s: 1_000, m: minute, h: hour, d: 24 * hour }
const msOf = (text: string) => Number(text.slice(0, -1)) * ms[text.at(-1) as 's']

test('whatever comes twice, late, at once, gets lost or dies, each action is started once, and by the rules', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 30 }),
      someRules,
      fc.boolean(),
      trouble('lost', 'dies'),
      async (steps, rules, reverses, how) => {
        const { world, log } = await goThrough(watchBy(heat, rules, reverses), steps, how)
        const acts = log.filter(({ action }) => action !== undefined)
        const keys = acts.map(({ action }) => action!.key)
        expect(new Set(keys).size).toBe(keys.length)
        for (const { at, value, action } of acts) {
          const { key, kind, input, carried } = action!
          // Never on what is not known.
          expect(typeof value).toBe('number')
          expect(kind === 'flow' ? (value as number) > 70 : (value as number) <= 70).toBe(true)
          expect(input).toEqual({ value })
          expect(carried).not.toBe('decided')
          const start = world.started.get(key)
          if (carried === 'started') expect(start).toMatchObject({ kind, input: JSON.stringify(input) })
          // What nobody came for in time lapsed, and nothing else did.
          else expect(world.now() - at).toBeGreaterThan(15 * minute)
        }
        // Nothing was started that was not decided before.
        for (const key of world.started.keys()) expect(keys).toContain(key)
        const times = acts.map(({ at }) => at)
        for (const [index, time] of times.entries()) {
          const { actions, per } = rules.budget
          if (index > 0) expect(time - times[index - 1]!).toBeGreaterThanOrEqual(msOf(rules.cooldown))
          if (index >= actions) expect(time - times[index - actions]!).toBeGreaterThanOrEqual(msOf(per))
        }
        // The same key was always answered with the same thing to do.
        const answered = world.answers.flatMap(({ answer }) => answer.action ?? [])
        for (const all of Map.groupBy(answered, ({ key }) => key).values())
          expect(new Set(all.map(one => JSON.stringify(one))).size).toBe(1)
        expect(world.store.record('hot')?.unsettled).toEqual([])
      },
    ),
    { numRuns: 150 },
  )
})

test('while nobody dies, one execution waits for what is due, and no more than one for a moment', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 30 }),
      someRules,
      fc.boolean(),
      trouble('lost'),
      async (steps, rules, reverses, how) => {
        await goThrough(watchBy(heat, rules, reverses), steps, how, world => {
          const waiting = world.waiting()
          expect(new Set(waiting).size).toBe(waiting.length)
          const { due, unsettled } = world.store.record('hot') ?? {}
          expect(unsettled ?? []).toEqual([])
          if (due !== undefined && due > world.now()) expect(waiting.some(at => at <= due)).toBe(true)
        })
      },
    ),
    { numRuns: 150 },
  )
})

test('with answers lost and readings twice and at once, it still does what a watch at home does', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 30 }),
      someRules,
      fc.boolean(),
      trouble('lost'),
      async (steps, rules, reverses, how) => {
        const watch = watchBy(heat, rules, reverses)
        // Each comes in its time, and those before it again.
        const { world } = await goThrough(watch, steps, how)
        let at = begin
        const readings = steps.map(({ after, value }) => {
          at += after
          return { at, topic: heat.topic, source: heat.name, value, why: 'no number' }
        })
        const { fires } = backtest(watch, readings, { from: begin, to: at + 1 })
        expect([...world.started.values()].map(({ at, kind }) => [at, kind])).toEqual(
          fires.map(({ at, kind }) => [at, kind]),
        )
      },
    ),
    { numRuns: 100 },
  )
})
