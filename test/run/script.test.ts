import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DemoCloset, openDemoCloset } from '../../src/cli/demo/closet.ts'

const root = path.resolve(import.meta.dirname, '../..')
let folder: string
let closet: DemoCloset

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'reops-script-'))
  closet = await openDemoCloset()
})

afterAll(async () => {
  await closet.close()
  await rm(folder, { recursive: true, force: true })
})

test("a script of one's own runs pipelines, prints, and ends although its connections are still warm", async () => {
  const file = path.join(folder, 'script.mjs')
  await writeFile(
    file,
    [
      `import { exec, hosts, pipe, pretty, run } from ${JSON.stringify(path.join(root, 'src/index.ts'))}`,
      "const out = await run(pipe(exec(hosts(['foo', 'bar']), 'hostname'), pretty()))",
      'console.log(out.successful.length)',
    ].join('\n'),
  )
  // Warm connections rest for a minute before they are closed, which is longer than the script is given.
  const { stdout } = await promisify(execFile)(process.execPath, [file], {
    env: { ...process.env, REOPS_CONFIG: closet.config, REOPS_STATE: path.join(folder, 'state') },
    timeout: 25_000,
  })
  expect(stdout).toMatch(/foo\s+foo/)
  expect(stdout.trimEnd().endsWith('2')).toBe(true)
})
