import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { configSchema } from '../../src/core/config.ts'
import { openExecutions } from '../../src/run/open-executions.ts'
import { isSweepDue } from '../../src/run/sweep-due.ts'

const day = 86_400_000
const start = Date.parse('2030-01-01T00:00:00Z')
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: start })
})
afterEach(() => {
  vi.useRealTimers()
})

async function project() {
  const folder = await mkdtemp(path.join(tmpdir(), 'reops-state-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const state = path.join(folder, '.reops')
  await mkdir(state)
  return { loaded: { config: configSchema.parse({}), folder, file: undefined }, state }
}

test('a folder is swept a day after it was first used, and then at most once a day', async () => {
  const { state } = await project()
  const asked = []
  for (const hours of [0, 1, 23, 25, 26, 48, 50, 75])
    asked.push(await isSweepDue(state, start + hours * 3_600_000))
  expect(asked).toEqual([false, false, false, true, false, false, true, true])
  expect((await stat(path.join(state, 'swept'))).mode & 0o777).toBe(0o600)
})

test('a clock that was set back puts it off by nothing', async () => {
  const { state } = await project()
  await isSweepDue(state, start)
  expect(await isSweepDue(state, start - 400 * day)).toBe(true)
  expect(await isSweepDue(state, start - 400 * day)).toBe(false)
})

test('a folder that can’t be written to is never swept', async () => {
  expect(await isSweepDue('/proc/no-such-folder', start)).toBe(false)
})

test('whoever closes what it executed sweeps, and who only looks does not', async () => {
  const { loaded, state } = await project()
  const output = path.join(state, 'output')
  const old = `reops-${'a'.repeat(12)}.stdout`
  await mkdir(output)
  await writeFile(path.join(output, old), 'said')
  await utimes(path.join(output, old), 1, 1)
  const close = async (forget: boolean) => (await openExecutions(loaded, undefined, { forget })).close()

  await close(true)
  vi.setSystemTime(start + 2 * day)
  await close(false)
  expect(await readdir(output)).toEqual([old])
  await close(true)
  expect(await readdir(output)).toEqual([])
})

test('what can’t be removed is told, and hurts nobody', async () => {
  const { loaded, state } = await project()
  await isSweepDue(state, start)
  // A file where a folder should be.
  await writeFile(path.join(state, 'spilled'), '')
  vi.setSystemTime(start + 2 * day)
  const told: string[] = []
  await (await openExecutions(loaded, text => told.push(text), { forget: true })).close()
  expect(told).toEqual([expect.stringContaining(`what is too old in ${state} can't be removed: ENOTDIR`)])
})
