import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { outcomeOf } from '../../scripts/house/command.mjs'

const root = join(import.meta.dirname, '../..')

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reops-closing-'))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  await symlink(join(root, 'package.json'), join(folder, 'package.json'))
  await writeFile(
    join(folder, 'vitest.config.ts'),
    `import { ClosingLine } from '${root}/test/support/closing-line.ts'
    export default { test: { pool: 'forks', reporters: ['default', new ClosingLine()],
      globalSetup: ['${root}/test/support/leftovers.ts'], include: ['*.test.ts'] } }`,
  )
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Runs one file of tests in a run of its own, as `npm test` would. */
async function running(code: string, env: NodeJS.ProcessEnv = {}) {
  const preamble = `import { expect, test } from 'vitest'
    import { needs, leaveOut } from '${root}/test/support/needs.ts'
    import { mkdtempSync } from 'node:fs'
    import { spawn } from 'node:child_process'
    import { tmpdir } from 'node:os'\n`
  await writeFile(join(folder, 'a.test.ts'), preamble + code)
  const { status, output } = await outcomeOf('node', [join(root, 'node_modules/vitest/vitest.mjs'), 'run'], {
    cwd: folder,
    seconds: 60,
    env: { ...process.env, NO_COLOR: '1', REOPS_REQUIRE_ALL: '', REOPS_LEFT_OUT: '[]', ...env },
  })
  return { status, output, last: output.trimEnd().split('\n').at(-1) }
}

const leavesOut = `test('passes', () => {})
  test('syncs', needs('reops-absent'), () => {})
  test('owns', leaveOut('needs root'), () => {})
  test('decides late', ({ skip }) => skip('no network'))`

test('a run that leaves tests out passes, and names each with its reason before the last line', async () => {
  const { status, output, last } = await running(leavesOut, {
    REOPS_LEFT_OUT: JSON.stringify([{ what: 'rsync (sync)', why: 'needs root' }]),
  })
  expect(output).toContain('left out: rsync (sync): needs root')
  expect(output).toContain('skipped: a.test.ts > syncs: reops-absent is not installed')
  expect(output).toContain('skipped: a.test.ts > owns: needs root')
  expect(output).toContain('skipped: a.test.ts > decides late: no network')
  expect([status, last]).toEqual([0, '1 passed, 0 failed, 3 skipped'])
})

test('where all is required, a test that is left out fails the run', async () => {
  const { status, last } = await running(leavesOut, { REOPS_REQUIRE_ALL: '1' })
  expect([status, last]).toEqual([1, '1 passed, 1 failed, 3 skipped'])
})

test('where all is required, a service that could not be installed fails the run', async () => {
  const { status, last } = await running(`test('passes', () => {})`, {
    REOPS_REQUIRE_ALL: '1',
    REOPS_LEFT_OUT: JSON.stringify([{ what: 'rsync (sync)', why: 'needs root' }]),
  })
  expect([status, last]).toEqual([1, '1 passed, 1 failed, 0 skipped'])
})

test('a failed test, a file that does not load and an error that nobody caught are failures', async () => {
  const failed = await running(`test('fails', () => expect(1).toBe(2))`)
  expect([failed.status, failed.last]).toEqual([1, '0 passed, 1 failed, 0 skipped'])
  const broken = await running(`throw new Error('broken')`)
  expect([broken.status, broken.last]).toEqual([1, '0 passed, 1 failed, 0 skipped'])
  const uncaught = await running(`test('passes', () => void Promise.reject(new Error('late')))`)
  expect([uncaught.status, uncaught.last]).toEqual([1, '1 passed, 1 failed, 0 skipped'])
}, 60_000)

test('a process and a file that outlive the tests are named, removed and fail the run', async () => {
  const { status, output, last } = await running(`test('passes', () => {
    mkdtempSync(tmpdir() + '/reops-forgotten-')
    spawn('sleep', ['300'], { detached: true, stdio: 'ignore' }).unref()
  })`)
  expect(output).toMatch(/process \d+: sleep 300/)
  expect(output).toMatch(/file: reops-forgotten-/)
  expect([status, last]).toEqual([1, '1 passed, 1 failed, 0 skipped'])
  const temporary = await readdir(tmpdir())
  expect(temporary.filter(name => name.startsWith('reops-tests-'))).toEqual([])
})
