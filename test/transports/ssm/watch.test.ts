import { expect, test } from 'vitest'
import { scripted, until } from './scripted.ts'

test('a command that takes an hour is looked at rarely, and its end is seen soon', async () => {
  const { clock, calls, begin } = scripted()
  const from = clock.now()
  const { ended } = begin('long', 3_600_000)
  await until(clock, ended)
  expect(calls.length).toBeGreaterThan(300)
  expect(calls.length).toBeLessThan(480)
  expect(calls.at(-1)!.at - from - 3_600_000).toBeLessThan(12_001)
  expect(clock.sleepers).toBe(0)
})

test('a quick command is looked at soon, and waits hardly longer than it took', async () => {
  const { clock, calls, begin } = scripted()
  const from = clock.now()
  const { ended } = begin('quick', 900)
  await until(clock, ended)
  expect(calls.at(-1)!.at - from).toBeLessThan(1_800)
  expect(calls.length).toBeLessThan(6)
})

test('many commands are looked at together, and each by itself only when it has ended', async () => {
  const { clock, count, begin } = scripted()
  const all = Array.from({ length: 200 }, (_, at) => begin(`c${at}`, 60_000 + at * 10).ended)
  await until(clock, Promise.all(all))
  expect(count('Get')).toBeGreaterThanOrEqual(200)
  expect(count('Get')).toBeLessThan(230)
  // Four pages each time; looked at one by one it would be some three thousand calls.
  expect(count('List')).toBeLessThan(260)
})

test('what is not on the list is looked at by itself', async () => {
  const { clock, count, begin } = scripted(false)
  const all = ['a', 'b', 'c', 'd'].map(id => begin(id, 2_000).ended)
  await until(clock, Promise.all(all))
  expect(count('Get')).toBeGreaterThan(8)
})

test('a command that something was done about is looked at soon, and who leaves is not looked at', async () => {
  const { clock, calls, begin } = scripted()
  const long = begin('long', 600_000)
  await clock.advance(300_000)
  const before = calls.length
  long.hurry()
  await clock.advance(400)
  expect(calls.length).toBe(before + 1)
  long.leave()
  await clock.advance(600_000)
  expect(calls.length).toBe(before + 1)
  expect(clock.sleepers).toBe(0)
})
