import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'

const run = promisify(execFile)
const keep = (folder: string, dies: string) =>
  run(process.execPath, [path.join(import.meta.dirname, 'victim.ts'), folder, dies], { timeout: 20_000 })

test.each(['before', 'after'])('a keeper that is killed %s it acts has acted once', async dies => {
  const folder = await mkdtemp(path.join(tmpdir(), 'reops-killed-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await expect(keep(folder, dies)).rejects.toMatchObject({ signal: 'SIGKILL' })
  await expect(keep(folder, dies)).rejects.toMatchObject({ signal: 'SIGKILL' })
  expect((await keep(folder, 'never')).stdout).toBe('1 decided\n')
  expect(await readFile(path.join(folder, 'begun'), 'utf8')).toMatch(/^too-hot-[0-9a-z]+-1\n$/)
})
