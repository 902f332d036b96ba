import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as z from 'zod'
import { flow } from '../src/core/flow.ts'
import { transform } from '../src/core/operation/map.ts'
import { sensor } from '../src/core/sensor.ts'
import { watch } from '../src/core/watch.ts'
import { openDatabase, openReadingStore } from '../src/state/sqlite/index.ts'
import { backtest, type Replayed } from '../src/triggers/watch/backtest.ts'

// A year of minutely readings: how long it takes to keep it, to read it again, and to replay it through a watch.
const minute = 60_000
const year = 365 * 24 * 60
const begin = Date.parse('2026-01-01T00:00:00Z')
const nothing = flow({ input: z.strictObject({}), steps: transform((data: unknown) => data) })
const heat = sensor('closet/temperature', { maxAge: '5m', unit: '°C' })
const tooHot = watch('too-hot', {
  sensor: heat,
  when: value => value > 70,
  for: '5m',
  clears: value => value < 60,
  cooldown: '30m',
  budget: { actions: 3, per: '1d' },
  flow: nothing,
})

/** A day's swing and some noise, the same in every run. */
let seed = 1
const noise = () => {
  seed = (seed * 48_271) % 2_147_483_647
  return seed / 2_147_483_647
}
const readings: Replayed[] = Array.from({ length: year }, (_, at) => ({
  source: heat.name,
  topic: heat.topic,
  at: begin + at * minute,
  value: 55 + 18 * Math.sin((at / 720) * Math.PI) + 4 * noise(),
}))

const folder = await mkdtemp(path.join(tmpdir(), 'reops-bench-'))
const database = openDatabase(path.join(folder, 'state.db'))
try {
  const store = openReadingStore(database)
  await timed('keep a year, 1,000 readings at once', async () => {
    for (let first = 0; first < year; first += 1_000)
      await store.add(readings.slice(first, first + 1_000).map(one => ({ ...one, sensor: one.source })))
  })
  const within = { from: begin, to: begin + year * minute }
  await timed('read a year', () => store.range(heat.name, within).length)
  await timed(
    'read a day of it',
    () => store.range(heat.name, { from: begin, to: begin + 1_440 * minute }).length,
  )
  await timed('a line of 24 means of a year', () =>
    store.means({ sensor: heat.name, topic: heat.topic }, { ...within, parts: 24 }),
  )
  await timed('the last of each series', () => store.series())
  const report = await timed('replay a year through a watch', () => backtest(tooHot, readings, within))
  process.stdout.write(
    `${report.readings} readings: ${report.fires.length} fires, ${report.crossings} crossings, ${report.flaps} flaps, ${Math.round(report.holdsMs / minute)} minutes\n`,
  )
} finally {
  database.close()
  await rm(folder, { recursive: true, force: true })
}

async function timed<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  const began = performance.now()
  const result = await work()
  process.stdout.write(`${what.padEnd(40)} ${(performance.now() - began).toFixed(0).padStart(6)} ms\n`)
  return result
}
