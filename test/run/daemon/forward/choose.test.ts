import { describe, expect, test } from 'vitest'
import { type SensorOptions, sensor } from '../../../../src/core/sensor.ts'
import { watch } from '../../../../src/core/watch.ts'
import { createChooser } from '../../../../src/run/daemon/forward/choose.ts'
import { createBoard } from '../../../../src/triggers/watch/board.ts'
import fc from '../../../support/fast-check.ts'
import { minute, noted, nothing, read } from '../../../triggers/watch/make.ts'

const second = 1_000

/** A watch above 70 that clears below 60, on a sensor that is believed for ten minutes; what is told is taken at once. */
function house(options: SensorOptions = {}, topic = 'heat') {
  const heat = sensor(topic, { name: 'heat', ...options })
  const board = createBoard()
  const hot = watch('hot', { sensor: heat, when: v => v > 70, clears: v => v < 60, flow: noted, input: {} })
  const chooser = createChooser([hot], board)
  return {
    board,
    chooser,
    says: (value: unknown, at: number, of = 'heat') => board.put('heat', of, read(value, at)),
    /** Tells all that is due, and answers it. */
    tell(now: number) {
      const { due } = chooser.look(now)
      for (const one of due) chooser.told(one, now)
      return due.map(({ reading }) => (reading.known ? reading.value : reading.reason))
    },
  }
}

describe('what AWS is told', () => {
  test('is the first reading at once, and what changes no verdict once in a third of its time', () => {
    const { says, tell, chooser } = house()
    says(50, 0)
    expect(tell(0)).toEqual([50])
    for (let at = second; at < 200 * second; at += second) {
      says(50 + (at % 7), at)
      expect(tell(at)).toEqual([])
    }
    expect(chooser.look(199 * second).nextAt).toBe(200 * second)
    expect(chooser.counts(199 * second)).toMatchObject({ topics: 1, waiting: 0 })
    expect(chooser.counts(200 * second)).toMatchObject({ waiting: 1 })
    // The last that was read, though nothing was since.
    expect(tell(200 * second)).toEqual([50 + ((199 * second) % 7)])
    expect(chooser.look(900 * second)).toEqual({ due: [], nextAt: undefined })
  })

  test('is at once what a watch judges otherwise: that it holds, that it does no more, and that it clears', () => {
    const { says, tell } = house()
    const told = [50, 59, 71, 90, 65, 61, 59, 40].map((value, index) => {
      says(value, index * second)
      return tell(index * second)
    })
    expect(told).toEqual([[50], [], [71], [], [65], [], [59], []])
  })

  test('is at once that nothing is known any more, and that something is', () => {
    const { says, tell, board } = house()
    says(50, 0)
    tell(0)
    board.put('heat', 'heat', { known: false, reason: 'unparseable', why: 'no number' })
    expect(tell(second)).toEqual(['unparseable'])
    says(51, 2 * second)
    expect(tell(2 * second)).toEqual([51])
  })

  test('is at once what keeps it from being too old, when AWS was away for long', () => {
    const { says, tell, chooser } = house({ maxAge: '10m' })
    says(50, 0)
    tell(0)
    says(51, 9 * minute)
    expect(chooser.look(11 * minute).due).toMatchObject([{ urgent: true, reading: { value: 51 } }])
  })

  test('is little of what flaps for hours, and its last value within ten seconds', () => {
    const { says, tell } = house()
    let told: unknown[] = []
    for (let at = 0; at < 60 * minute; at += 100) {
      says(at % 200 === 0 ? 50 : 80, at)
      told = [...told, ...tell(at)]
    }
    // Six at once, and one each ten seconds from then on.
    expect(told.length).toBeLessThanOrEqual(6 + 360)
    expect(told.length).toBeGreaterThan(300)
    says(50, 60 * minute)
    const late = [0, 5, 10, 15].flatMap(seconds => tell(60 * minute + seconds * second))
    expect(late.at(-1) ?? told.at(-1)).toBe(50)
  })

  test('is nothing at once of a room that does not change what all are together', () => {
    const { says, tell } = house({ combine: 'max' }, 'rooms/+')
    says(80, 0, 'rooms/a')
    says(50, 0, 'rooms/b')
    expect(tell(0)).toEqual([80, 50])
    says(75, second, 'rooms/b')
    expect(tell(second)).toEqual([])
    says(40, 2 * second, 'rooms/a')
    says(40, 2 * second, 'rooms/b')
    // What AWS knows of b is enough for it to know that neither is too hot.
    expect(tell(2 * second)).toEqual([40])
    says(90, 3 * second, 'rooms/a')
    says(65, 3 * second, 'rooms/b')
    expect(tell(3 * second)).toEqual([90])
    says(59, 4 * second, 'rooms/a')
    says(58, 4 * second, 'rooms/b')
    expect(tell(4 * second)).toEqual([59])
  })

  test('is of each room that it takes, where no single one is enough', () => {
    const { says, tell } = house({ combine: 'min' }, 'rooms/+')
    says(50, 0, 'rooms/a')
    says(50, 0, 'rooms/b')
    says(50, 0, 'rooms/c')
    expect(tell(0)).toHaveLength(3)
    says(80, second, 'rooms/a')
    says(81, second, 'rooms/b')
    expect(tell(second)).toEqual([])
    says(82, second, 'rooms/c')
    expect(tell(second)).toEqual([80, 81, 82])
  })

  test('is not more for a room that it is not told of', () => {
    const { says, tell } = house({ combine: 'max' }, 'rooms/+')
    for (let room = 0; room < 101; room++) says(room === 100 ? 90 : 50, 0, `rooms/${room}`)
    expect(tell(0)).toHaveLength(100)
    for (let at = second; at < minute; at += second) {
      says(51, at, 'rooms/7')
      expect(tell(at)).toEqual([])
    }
  })

  test('is more often of what is old when it comes, so that AWS knows it as long as it is known here', () => {
    const { board, tell, chooser } = house()
    const measured = (value: number, at: number) => board.put('heat', 'heat', read(value, at - 9 * minute))
    measured(50, 0)
    expect(tell(0)).toEqual([50])
    measured(51, 10 * second)
    expect(chooser.look(10 * second)).toEqual({ due: [], nextAt: 20 * second })
    expect(tell(20 * second)).toEqual([51])
  })

  test('is never more often than once in ten seconds, however short a sensor is believed', () => {
    const { board, tell } = house({ maxAge: '12s' })
    board.put('heat', 'heat', read(50, 0, 12 * second))
    tell(0)
    board.put('heat', 'heat', read(51, 5 * second, 12 * second))
    expect(tell(9 * second)).toEqual([])
    expect(tell(10 * second)).toEqual([51])
  })

  test('is of a hundred topics of a sensor, whose names are no longer than AWS takes', () => {
    const { says, tell, chooser } = house({ combine: 'max' }, 'rooms/+')
    says(50, 0, 'x'.repeat(1_025))
    for (let room = 0; room < 120; room++) says(50, 0, `rooms/${room}`)
    expect(tell(0)).toHaveLength(100)
    expect(chooser.counts(0)).toMatchObject({ topics: 100, leftOut: 21 })
  })
})

test('what is refused is left alone for its time, and is no hindrance to others', () => {
  const { says, tell, chooser } = house({ combine: 'max' }, 'rooms/+')
  says(50, 0, 'rooms/a')
  says(51, 0, 'rooms/b')
  const [first] = chooser.look(0).due
  expect(chooser.refused(first!, minute, 'no')).toBe(true)
  expect(chooser.refused(first!, minute, 'no')).toBe(false)
  expect(tell(second)).toEqual([51])
  expect(chooser.counts(second)).toMatchObject({ waiting: 1, problem: 'no' })
  expect(chooser.look(second).nextAt).toBe(minute)
  expect(tell(minute)).toEqual([50])
  expect(chooser.counts(minute)).toMatchObject({ waiting: 0, problem: undefined })
})

test('a watch on several sensors is judged by all of them', () => {
  const heat = sensor('heat')
  const door = sensor('door')
  const board = createBoard()
  const drafty = watch('drafty', {
    sensors: { heat, door },
    when: ({ heat, door }) => heat > 20 && door > 0,
    flow: noted,
    input: {},
  })
  const chooser = createChooser([drafty], board)
  const tell = (now: number) => {
    const { due } = chooser.look(now)
    for (const one of due) chooser.told(one, now)
    return due.map(({ sensor }) => sensor)
  }
  board.put('heat', 'heat', read(25, 0))
  board.put('door', 'door', read(0, 0))
  expect(tell(0).sort()).toEqual(['door', 'heat'])
  board.put('heat', 'heat', read(30, second))
  expect(tell(second)).toEqual([])
  board.put('door', 'door', read(1, 2 * second))
  expect(tell(2 * second)).toEqual(['door'])
})

test('whatever is read and however AWS fails, it comes to judge as is judged here', () => {
  const event = fc.record({
    wait: fc.integer({ min: 0, max: 5 * minute }),
    value: fc.option(fc.integer({ min: 40, max: 90 })),
    taken: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), events => {
      const { board, says, chooser } = house()
      let now = 0
      for (const { wait, value, taken } of events) {
        now += wait
        if (value === null) board.put('heat', 'heat', nothing)
        else says(value, now)
        if (taken) for (const one of chooser.look(now).due) chooser.told(one, now)
      }
      // However often nobody listened: with the next that is due all is told.
      for (let tries = 0; tries < 3; tries++) {
        const { due, nextAt } = chooser.look(now)
        for (const one of due) chooser.told(one, now)
        now = nextAt ?? now
      }
      expect(chooser.look(now)).toEqual({ due: [], nextAt: undefined })
    }),
  )
})
