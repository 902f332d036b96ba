import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { needs } from '../../support/needs.ts'
import { start } from '../command.ts'
import { openTerminal } from '../terminal.ts'

let scratch: string

beforeEach(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'reops-demo-test-'))
})

afterEach(() => rm(scratch, { recursive: true, force: true }))

/** Node keeps compiled modules in the temporary folder, which is no leftover of ours. */
const environment = () => ({ TMPDIR: scratch, NODE_DISABLE_COMPILE_CACHE: '1' })

/** What a demonstration whose temporary folder is `scratch` has left: files, and processes that know the folder. */
async function leftBehind(): Promise<string[]> {
  const until = performance.now() + 3_000
  for (;;) {
    const left = [...(await readdir(scratch)), ...(await processesOf(scratch))]
    if (left.length === 0 || performance.now() > until) return left
    await sleep(50)
  }
}

async function processesOf(folder: string): Promise<string[]> {
  if (!existsSync('/proc/self/environ')) return []
  const ids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const found = await Promise.all(
    ids.map(async id => {
      // A process that ends while it is looked at, or is another user's, is none of ours.
      const text = await readFile(`/proc/${id}/environ`, 'latin1').catch(() => '')
      return text.includes(folder) ? [`process ${id}`] : []
    }),
  )
  return found.flat()
}

describe('the demonstration without a terminal', () => {
  test('runs real commands over the closet, accounts for the two hosts that fail, and exits 0', async () => {
    const { status, stdout, stderr } = await start(['demo'], environment()).ended
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout.match(/^7 hosts: 5 ok, 1 unreachable, 1 auth \(.+\)$/gm)).toHaveLength(2)
    expect(stdout).toMatch(/^big-iron .* 3145728 .*photos\.tar$/m)
    expect(stdout).toMatch(/^bar,big-iron,attic \(3\)$/m)
    expect(stdout).toMatch(/^listing would:$/m)
    expect(stdout).toContain('As expected: five hosts answered')
    expect(stdout).toContain('npm start')
    expect(stdout).not.toMatch(/\u001b/)
    expect(await leftBehind()).toEqual([])
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('that is ended midway by %s leaves nothing behind', async (signal, expected) => {
    const { child, said, ended } = start(['demo'], environment())
    await said('run listing')
    expect(await readdir(scratch)).toHaveLength(1)
    child.kill(signal)
    expect((await ended).status).toBe(expected)
    expect(await leftBehind()).toEqual([])
  })
})

describe('the demonstration on a terminal', needs('tmux'), () => {
  test('goes on at the prompt over the same closet, whose commands can be pasted elsewhere', async () => {
    const terminal = await openTerminal(['demo'], environment())
    try {
      await terminal.shows('reops>')
      const [, pasted] = /^\$ \S+ (exec closet .*)$/m.exec(await terminal.screen()) ?? []
      const [words = '', rest = ''] = pasted!.split(" -- '")
      const { status, stdout } = await start([...words.split(' '), '--', rest.slice(0, -1)]).ended
      expect(status).toBe(1)
      expect(stdout).toContain('7 hosts: 5 ok, 1 unreachable, 1 auth')

      await terminal.type("exec(closet, 'cat etc/motd')")
      await terminal.press('Enter')
      await terminal.shows(/^attic +Welcome to attic/m)
      await terminal.press('C-d')
      await terminal.shows('left with 0')
    } finally {
      await terminal.close()
    }
    expect(await leftBehind()).toEqual([])
  })

  test('clears the closet away when its terminal is closed', async () => {
    const terminal = await openTerminal(['demo'], environment())
    await terminal.shows('reops>').finally(() => terminal.close())
    expect(await leftBehind()).toEqual([])
  })
})
