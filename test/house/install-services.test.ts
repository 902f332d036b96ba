import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ensureServices } from '../../scripts/house/install-services.mjs'
import { leaveOut } from '../support/needs.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reops-services-'))
  vi.stubEnv('PATH', [folder, process.env.PATH].join(delimiter))
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  await rm(folder, { recursive: true, force: true })
})

const service = (name: string) => ({ package: name, binary: name, purpose: 'a test' })

/** A program that notes how it was called and then does `script`. */
async function program(name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\necho "$@" >>${folder}/calls\n${script}\n`)
  await chmod(join(folder, name), 0o755)
}
const aptThat = (script: string) => program('apt-get', script)
const calls = async () => (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n')

test('nothing is done for a program that is there', async () => {
  await aptThat('exit 1')
  expect(await ensureServices([service('sh')])).toEqual([])
})

test('without root, what is missing is named with the command that installs it', async () => {
  await aptThat('exit 1')
  vi.spyOn(process, 'getuid').mockReturnValue(1000)
  expect(await ensureServices([service('reops-absent')])).toEqual([
    { what: 'reops-absent (a test)', why: 'not installed; needs root: sudo apt-get install reops-absent' },
  ])
})

describe('as root', process.getuid?.() === 0 ? {} : leaveOut('needs root'), () => {
  test('a package is installed without recommends and its program is there afterwards', async () => {
    await aptThat(`case "$*" in *reops-new) cp /bin/true ${folder}/reops-new;; esac`)
    expect(await ensureServices([service('reops-new')])).toEqual([])
    expect((await calls()).at(-1)).toMatch(/^install --no-install-recommends -y .*reops-new$/)
  })

  test("the lists are fetched once, and apt's own reason is kept for each package that fails", async () => {
    await aptThat('[ "$1" = update ] || { echo "E: Unable to locate package"; exit 100; }')
    const leftOut = await ensureServices([service('reops-one'), service('reops-two')])
    expect(leftOut).toEqual([
      { what: 'reops-one (a test)', why: 'apt-get failed: E: Unable to locate package' },
      { what: 'reops-two (a test)', why: 'apt-get failed: E: Unable to locate package' },
    ])
    expect((await calls()).filter(call => call === 'update')).toHaveLength(1)
  })

  test('a daemon that a package starts is stopped and stays off', async () => {
    const start = `${folder}/reops-daemon 300 >/dev/null 2>&1 & echo $! >${folder}/pid`
    await aptThat(`case "$*" in *reops-daemon) cp /bin/sleep ${folder}/reops-daemon; ${start};; esac`)
    await program('service', `kill "$(cat ${folder}/pid)"`)
    await program('update-rc.d', '')
    const daemon = { process: 'reops-daemon', service: 'reopsd' }
    expect(await ensureServices([{ ...service('reops-daemon'), daemon }])).toEqual([])
    expect((await calls()).slice(-2)).toEqual(['reopsd stop', 'reopsd disable'])
  })
})
