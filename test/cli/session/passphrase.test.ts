import { execFile } from 'node:child_process'
import { copyFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { CommandContext } from '../../../src/cli/context.ts'
import { passphrasePrompt } from '../../../src/cli/session/passphrase.ts'
import { type Closet, openCloset } from '../../../src/transports/ssh/closet/closet.ts'
import { needs } from '../../support/needs.ts'
import { makeProject } from '../harness.ts'
import { openTerminal } from '../terminal.ts'

function prompt(isTTY = true) {
  const stdin = Object.assign(new PassThrough(), {
    isTTY,
    raw: [] as boolean[],
    setRawMode: (mode: boolean) => stdin.raw.push(mode),
  })
  const shown: string[] = []
  let interrupts = 0
  const stderr = new Writable({
    write(chunk, _encoding, done) {
      shown.push(String(chunk))
      done()
    },
  })
  const context = { stdin, stderr: Object.assign(stderr, { isTTY }), interrupt: () => void interrupts++ }
  const ask = passphrasePrompt(context as unknown as CommandContext, () => () => {})
  return { stdin, shown, ask, interrupts: () => interrupts }
}

describe('the question for a passphrase', () => {
  test('is not asked where there is no terminal', () => {
    expect(prompt(false).ask).toBeUndefined()
  })

  test.each([
    ['secret\r', 'secret'],
    ['secret\n', 'secret'],
    ['sex\u007fcret\r', 'secret'],
    ['wrong\u0015right\r', 'right'],
    ['pä日\u001b\r', 'pä日'],
    ['\r', undefined],
    ['half\u0004', undefined],
    ['half\u0003', undefined],
  ])('%j answers %j, unseen', async (keys, answer) => {
    const { stdin, shown, ask, interrupts } = prompt()
    const asked = ask!('/keys/id')
    setImmediate(() => stdin.write(keys))
    expect(await asked).toBe(answer)
    expect(shown.join('')).toBe('Passphrase of /keys/id: \n')
    expect(stdin.raw).toEqual([true, false])
    expect(interrupts()).toBe(keys.endsWith('\u0003') ? 1 : 0)
  })

  test('is asked for one key after the other', async () => {
    const { stdin, shown, ask } = prompt()
    const both = Promise.all([ask!('one'), ask!('two')])
    setImmediate(() => {
      expect(shown).toEqual(['Passphrase of one: '])
      stdin.write('1\r')
      setTimeout(() => stdin.write('2\r'), 50)
    })
    expect(await both).toEqual(['1', '2'])
  })
})

describe('on a real terminal', needs('tmux', 'ssh-keygen'), () => {
  let folder: string
  let closet: Closet
  let words: string[]
  beforeAll(async () => {
    folder = await makeProject({})
    closet = await openCloset({ folder: path.join(folder, 'closet'), hosts: [{ name: 'foo' }] })
    const key = path.join(folder, 'id')
    await copyFile(closet.key, key)
    await promisify(execFile)('ssh-keygen', ['-p', '-q', '-P', '', '-N', 'open sesame', '-f', key])
    const [{ address, port, user }] = closet.hosts as [Closet['hosts'][number]]
    const config = {
      hosts: { foo: { address, port, user, key } },
      ssh: { config: false, knownHosts: [], agent: false },
    }
    const file = path.join(folder, 'reops.config.ts')
    await writeFile(file, `export default ${JSON.stringify(config)}\n`)
    words = ['exec', 'foo', '--config', file, '--', 'hostname']
  })
  afterAll(async () => {
    await closet.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('a key with a passphrase opens the host, and the passphrase is not shown', async () => {
    const terminal = await openTerminal(words)
    onTestFinished(() => terminal.close())
    await terminal.shows('Passphrase of')
    await terminal.type('open sesame')
    await terminal.press('Enter')
    const screen = await terminal.shows('left with 0')
    expect(screen).toContain('foo  foo')
    expect(screen).not.toContain('sesame')
  })

  test('Ctrl-C at the question cancels', async () => {
    const terminal = await openTerminal(words)
    onTestFinished(() => terminal.close())
    await terminal.shows('Passphrase of')
    await terminal.press('C-c')
    await terminal.shows('left with 130')
  })
})
