import { execFileSync } from 'node:child_process'
import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DemoCloset, openDemoCloset } from '../../../src/cli/demo/closet.ts'
import { needs } from '../../support/needs.ts'
import { openTerminal } from '../terminal.ts'

describe('a key with a passphrase at the prompt', needs('tmux', 'ssh-keygen'), () => {
  let closet: DemoCloset
  let state: string

  beforeAll(async () => {
    closet = await openDemoCloset()
    state = await mkdtemp(path.join(tmpdir(), 'reops-repl-'))
    const text = await readFile(closet.config, 'utf8')
    const [, key = ''] = /keys: \{ closet: "(.+)" \}/.exec(text) ?? []
    const locked = path.join(state, 'locked')
    await copyFile(key, locked)
    await chmod(locked, 0o600)
    execFileSync('ssh-keygen', ['-q', '-p', '-f', locked, '-P', '', '-N', 'open sesame'])
    await writeFile(closet.config, text.replace(key, locked))
  })

  afterAll(async () => {
    await closet?.close()
    await rm(state, { recursive: true, force: true })
  })

  test('is asked for once, and the answer is seen, typed and remembered nowhere', async () => {
    const { type, press, shows, close } = await openTerminal(['repl', '--config', closet.config], {
      REOPS_STATE: state,
    })
    try {
      await shows('reops>')
      await type("exec(foo, 'cat etc/hostname')")
      await press('Enter')
      await shows('Passphrase of ')
      await type('open sesame')
      await press('Enter')
      await shows(/^foo {2}foo$/m)
      await type("exec(bar, 'cat etc/hostname')")
      await press('Enter')
      await shows(/^bar {2}bar$/m)
      await press('Up')
      const screen = await shows(/^reops> exec\(bar, 'cat etc\/hostname'\)$/m)
      expect(screen.match(/Passphrase of/g)).toHaveLength(1)
      expect(screen).not.toContain('sesame')
      await press('C-u')
      await press('C-d')
      await shows('left with 0')
      expect(await readFile(path.join(state, 'repl_history'), 'utf8')).not.toContain('sesame')
    } finally {
      await close()
    }
  })
})
